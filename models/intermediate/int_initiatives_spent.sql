-- Grain: one row per cost of an initiative that was spent by as_of.
with

costs as (

    select * from {{ ref('stg_crm__initiative_costs') }}

),

as_of_row as (

    select {{ cx_warehouse.local_date('as_of', cx_warehouse.business_timezone()) }} as as_of_date from {{ ref('stg_as_of') }}

),

final as (

    select
        costs.cost_id,
        {{ cx_warehouse.dimension('costs.initiative_id') }} as initiative_id,
        {{ cx_warehouse.reporting_amount('costs.amount', 'costs.currency') }} as spent_amount,
        {{ cx_warehouse.month_number('costs.spent_on') }} as spent_month,
        costs.is_orphan,
        costs.spent_on
    from costs
    cross join as_of_row
    {{ cx_warehouse.fx_join('costs.currency', cx_warehouse.month_text('costs.spent_on')) }}
    where costs.spent_on <= as_of_row.as_of_date

)

select * from final
