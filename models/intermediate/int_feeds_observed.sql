-- Grain: one row per event that keeps a promise: whether a feed records it, and until when.
with

deliveries as (

    select * from {{ ref('int_orders_delivered') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

observed as (

    select * from {{ ref('int_sources_observed') }}

),

columns_filled as (

    select
        concat(system, '.', table_name) as source_table,
        column_name,
        filled_count,
        was_handed_over
    from {{ ref('int_columns_filled') }}

),

shipment_versions as (

    select * from {{ ref('base_fulfilment__shipments') }}

),

contact_versions as (

    select * from {{ ref('base_crm__contacts') }}

),

-- Of all versions, whenever they were written: what happened after as_of could be read, too.
readable as (

    {% for kept_by, versions, column in [
        ('delivered', 'shipment_versions', 'delivered_at'),
        ('shipped', 'shipment_versions', 'shipped_at'),
        ('responded', 'contact_versions', 'first_response_at'),
        ('resolved', 'contact_versions', 'resolved_at')
    ] -%}
    select '{{ kept_by }}' as kept_by, count({{ column }}) as readable_count from {{ versions }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

recorded as (

    select 'delivered' as kept_by, 'fulfilment.shipments' as source_table, 'delivered_at' as column_name, count(delivered_at) as event_count from deliveries
    union all
    select 'shipped' as kept_by, 'fulfilment.shipments' as source_table, 'shipped_at' as column_name, count(shipped_at) as event_count from deliveries
    union all
    select 'responded' as kept_by, 'crm.contacts' as source_table, 'first_response_at' as column_name, count(first_response_at) as event_count from contacts
    union all
    select 'resolved' as kept_by, 'crm.contacts' as source_table, 'resolved_at' as column_name, count(resolved_at) as event_count from contacts

),

-- Which feed records the event that keeps a promise. Where the column of the event was left out and no row names it
-- by another way (a connector), the feed does not tell of it; nor where the column is filled and no row of it can be read.
final as (

    select
        recorded.kept_by,
        observed.is_present and (
            recorded.event_count > 0
            or coalesce(observed.current_count, 0) = 0
            or (
                coalesce(columns_filled.was_handed_over, false)
                and (coalesce(columns_filled.filled_count, 0) = 0 or readable.readable_count > 0)
            )
        ) as is_present,
        observed.observed_until
    from recorded
    inner join observed on recorded.source_table = observed.source_table
    inner join readable on recorded.kept_by = readable.kept_by
    left join columns_filled
        on recorded.source_table = columns_filled.source_table
        and recorded.column_name = columns_filled.column_name
    union all
    select 'refunded' as kept_by, is_present, observed_until from observed where source_table = 'fulfilment.adjustments'

)

select * from final
