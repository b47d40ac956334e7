-- Grain: one row per initiative × month, from the month of its start to that of its deadline, as far as as_of has come.
-- Windows are half-open in days: the baseline is the 12 months before the start, now the last 3 months since the start.
with

initiatives as (

    select * from {{ ref('stg_crm__initiatives') }}

),

as_of_row as (

    select
        as_of,
        {{ cx_warehouse.local_date('as_of', cx_warehouse.business_timezone()) }} as as_of_date
    from {{ ref('stg_as_of') }}

),

months as (

    select * from {{ ref('int_reporting_periods') }} where month_start_date is not null

),

first_months as (

    select min(month_start_date) as month_start_date from months

),

spans as (

    select
        initiatives.*,
        as_of_row.as_of_date,
        -- What has not begun, ends before it begins or ended before the first event still has one month to say so.
        greatest(
            least({{ cx_warehouse.month_start('initiatives.started_on') }}, {{ cx_warehouse.month_start('as_of_row.as_of_date') }}),
            first_months.month_start_date
        ) as first_month,
        greatest(
            least({{ cx_warehouse.month_start('initiatives.started_on') }}, {{ cx_warehouse.month_start('as_of_row.as_of_date') }}),
            least({{ cx_warehouse.month_start('initiatives.deadline_on') }}, {{ cx_warehouse.month_start('as_of_row.as_of_date') }}),
            first_months.month_start_date
        ) as last_month
    from initiatives
    cross join as_of_row
    cross join first_months

),

tracked as (

    select
        spans.*,
        months.month,
        months.month_start_date,
        months.is_running,
        months.month_start_date = spans.last_month as is_latest,
        least(spans.deadline_on, spans.as_of_date, {{ cx_warehouse.add_days(cx_warehouse.add_months('months.month_start_date', 1), -1) }}) as judged_on,
        spans.deadline_on < spans.as_of_date as is_deadline_passed
    from spans
    inner join months on months.month_start_date between spans.first_month and spans.last_month

),

final as (

    select
        initiative_id,
        name as initiative_name,
        touchpoint,
        region,
        segment,
        service_level,
        owner,
        target_metric,
        cast(target_value as double) as target_value,
        month,
        is_latest,
        is_running,
        is_deadline_passed and is_latest as is_deadline_passed,
        started_on,
        deadline_on,
        judged_on,
        cast({{ cx_warehouse.add_months('started_on', -12) }} as date) as baseline_from_on,
        -- Three months of what is known, never from before the start.
        greatest({{ cx_warehouse.add_months(cx_warehouse.add_days('judged_on', 1), -3) }}, started_on) as now_from_on,
        {{ cx_warehouse.dates_between('judged_on', 'deadline_on') }} as days_left,
        month_start_date
    from tracked

)

select * from final
