-- Grain: one row per metric × order or contact that its share counts.
with

gaps as (

    select * from {{ ref('int_gaps_observed') }}

),

orders as (

    select * from {{ ref('int_orders_judged') }}

),

all_contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

heard as (

    select * from {{ ref('int_orders_heard') }}

),

-- A contact without a promise is a gap in the record only where the firm makes promises to contacts at all.
contacts as (

    select
        all_contacts.contact_id,
        all_contacts.order_id,
        {{ cx_warehouse.period_month('all_contacts.opened_at') }} as period_month,
        {{ cx_warehouse.count_if("promised.state = 'observed'") }} as observed_count,
        {{ cx_warehouse.count_if("promised.state = 'observed' and promised.is_negative") }} as negative_count,
        {{ cx_warehouse.count_if("promised.state = 'open'") }} as open_count
    from all_contacts
    left join gaps as promised on all_contacts.contact_id = promised.contact_id and promised.gap_source = 'promise'
    where exists (select 1 from gaps where contact_id is not null and gap_source = 'promise')
    group by all_contacts.contact_id, all_contacts.order_id, all_contacts.opened_at

),

order_months as (

    select
        order_id,
        outcome,
        is_due_passed,
        -- On the clock of the promise: what a business clock says was kept was not later than said.
        outcome = 'missed' or coalesce(first_gap < 0, false) as is_negative,
        -- Something was promised, and what is on record does not tell how it ended.
        coalesce(outcome_reason in ('no_feed', 'feed_ended_before_due', 'actual_unknown'), false) as is_untold,
        case
            when first_due_date is not null then {{ cx_warehouse.month_text('first_due_date') }}
            when first_due_at is not null then {{ cx_warehouse.period_month('first_due_at') }}
            else {{ cx_warehouse.period_month('ordered_at') }}
        end as period_month
    from orders
    where outcome <> 'excluded'

),

journeys as (

    select
        order_months.order_id,
        order_months.is_untold,
        order_months.period_month,
        {{ cx_warehouse.count_if("gaps.state = 'observed'") }} as observed_count,
        {{ cx_warehouse.count_if("gaps.state = 'observed' and gaps.is_negative") }} as negative_count,
        {{ cx_warehouse.count_if("gaps.state = 'open'") }} as open_count
    from order_months
    left join gaps on order_months.order_id = gaps.order_id
    group by order_months.order_id, order_months.is_untold, order_months.period_month

),

-- One row per thing that a share counts. While a part of it is open, what comes may still turn it, so it waits.
final as (

    select
        'negative_gap_order_rate' as metric_id,
        order_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        period_month,
        case
            when outcome in ('exceeded', 'met', 'missed') and is_due_passed then 'counted'
            when outcome = 'unknown' then 'unknown'
            else 'open'
        end as state,
        is_negative as is_hit,
        is_untold
    from order_months

    union all

    select
        'negative_gap_contact_rate' as metric_id,
        order_id,
        contact_id,
        period_month,
        case when open_count > 0 then 'open' when observed_count > 0 then 'counted' else 'unknown' end as state,
        negative_count > 0 as is_hit,
        false as is_untold
    from contacts

    union all

    select
        'silent_rate' as metric_id,
        order_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        period_month,
        case when is_silent is null then 'unknown' when is_matured then 'counted' else 'open' end as state,
        is_silent as is_hit,
        false as is_untold
    from heard

    union all

    select
        'great_cx_rate' as metric_id,
        order_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        period_month,
        case when open_count > 0 then 'open' when observed_count > 0 then 'counted' else 'unknown' end as state,
        negative_count = 0 as is_hit,
        is_untold
    from journeys

)

select * from final
