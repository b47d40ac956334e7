-- Grain: one row per ticket and export that holds it.
{% set columns = cx_warehouse.contract_columns('crm', 'contacts') | map(attribute='name') | list %}
with

tickets_export as (

    select * from {{ source('hubspot', 'tickets_export') }}

),

tickets as (

    select * from {{ source('hubspot', 'tickets') }}

),

addresses as (

    select * from {{ ref('hubspot__addresses') }}

),

owners as (

    select
        ticket_id,
        min(contact_id) as contact_id
    from {{ source('hubspot', 'ticket_contacts') }}
    group by ticket_id

),

shapes as (

    select
        ticket_id,
        nullif(trim({{ cx_warehouse.split_part('associated_contact_ids', ';', 1) }}), '') as contact_id,
        lower(source) as source,
        category,
        create_date as opened_at,
        first_agent_reply_date as first_response_at,
        close_date as resolved_at,
        {{ cx_warehouse.latest_text(['create_date', 'first_agent_reply_date', 'close_date', 'last_modified_date']) }} as updated_at,
        {{ cx_warehouse.unfilled() }} as is_deleted,
        _file,
        _line,
        _load_id,
        _loaded_at
    from tickets_export

    union all

    select
        tickets.id,
        owners.contact_id,
        lower(tickets.property_source_type),
        tickets.property_hs_ticket_category,
        {{ cx_warehouse.utc_text('tickets.property_createdate') }},
        {{ cx_warehouse.utc_text('tickets.property_first_agent_reply_date') }},
        {{ cx_warehouse.utc_text('tickets.property_closed_date') }},
        {{ cx_warehouse.utc_text(
            'coalesce(tickets.property_hs_lastmodifieddate, tickets.property_closed_date, '
            ~ 'tickets.property_first_agent_reply_date, tickets.property_createdate)'
        ) }},
        tickets.is_deleted,
        tickets._file,
        tickets._line,
        tickets._load_id,
        tickets._loaded_at
    from tickets
    left join owners on tickets.id = owners.ticket_id

),

mapped as (

    select
        shapes.ticket_id as contact_id,
        coalesce(addresses.person_id, shapes.contact_id) as customer_id,
        {{ cx_warehouse.unfilled() }} as order_id,
        case
            when shapes.source = 'phone' then 'phone_support'
            when shapes.source = 'chat' then 'chat_support'
            else 'email_support'
        end as touchpoint,
        case
            when shapes.source = 'form' then 'web'
            else coalesce(shapes.source, 'unknown')
        end as channel,
        lower(replace(trim(shapes.category), ' ', '_')) as reason,
        shapes.opened_at,
        shapes.first_response_at,
        shapes.resolved_at,
        {{ cx_warehouse.unfilled() }} as abandoned_at,
        {{ cx_warehouse.unfilled() }} as promised_response_at,
        {{ cx_warehouse.unfilled() }} as promised_resolution_at,
        {{ cx_warehouse.unfilled() }} as handle_minutes,
        {{ cx_warehouse.unfilled() }} as cost_amount,
        {{ cx_warehouse.unfilled() }} as currency,
        shapes.updated_at,
        case when {{ cx_warehouse.is_set('shapes.is_deleted') }} then shapes.updated_at end as deleted_at,
        shapes._file,
        shapes._line,
        shapes._load_id,
        shapes._loaded_at
    from shapes
    left join addresses on shapes.contact_id = addresses.contact_id

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
