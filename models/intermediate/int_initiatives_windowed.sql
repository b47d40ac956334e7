-- Grain: one row per initiative, with the months before and after its start that are compared.
-- Months are numbered since the year 0. A month in which an initiative starts after the first belongs to neither side.
with

initiatives as (

    select * from {{ ref('stg_crm__initiatives') }}

),

as_of_row as (

    select
        {{ cx_warehouse.local_date('as_of', cx_warehouse.business_timezone()) }} as as_of_date,
        {{ cx_warehouse.month_number(cx_warehouse.local_date('as_of', cx_warehouse.business_timezone())) }} as as_of_month
    from {{ ref('stg_as_of') }}

),

window_months as (

    select cast(max(base) as integer) as month_count from {{ ref('ref_assumptions') }} where assumption = 'effect_window_months'

),

numbered as (

    select
        initiatives.*,
        {{ cx_warehouse.month_number('initiatives.started_on') }} as start_month,
        {{ cx_warehouse.month_number('initiatives.started_on') }}
        + case when extract(day from initiatives.started_on) = 1 then 0 else 1 end as first_after_month
    from initiatives

),

final as (

    select
        {{ cx_warehouse.dimension('numbered.initiative_id') }} as initiative_id,
        numbered.name,
        numbered.touchpoint,
        numbered.region,
        numbered.segment,
        numbered.service_level,
        case
            when numbered.region is not null then 'region'
            when numbered.segment is not null then 'segment'
            when numbered.service_level is not null then 'service_level'
            else 'everyone'
        end as treated_kind,
        numbered.target_metric,
        cast(numbered.target_value as double) as target_value,
        numbered.owner,
        numbered.start_month,
        numbered.start_month - window_months.month_count as first_before_month,
        numbered.first_after_month,
        numbered.first_after_month + window_months.month_count - 1 as window_end_month,
        least(numbered.first_after_month + window_months.month_count - 1, as_of_row.as_of_month) as last_after_month,
        numbered.started_on <= as_of_row.as_of_date as is_started,
        as_of_row.as_of_month > numbered.first_after_month + window_months.month_count - 1 as is_window_over,
        coalesce(numbered.deadline_on < as_of_row.as_of_date, false) as is_deadline_over,
        numbered.started_on,
        numbered.deadline_on
    from numbered
    cross join as_of_row
    cross join window_months

)

select * from final
