-- Grain: one row per initiative × case × month, from the first cost or the start to the end of the horizon.
-- Measured months count the customers that the initiative treats and no other one claims. What is projected after them
-- takes the customers of the last measured month and an effect that wears off; costs go on as they did after the first
-- month. A month of the horizon is worth what it brings at its beginning, the month of the start being now.
with

initiatives as (

    select * from {{ ref('int_initiatives_windowed') }} where is_started

),

cases as (

    select * from {{ ref('int_assumptions_cased') }}

),

compared as (

    select * from {{ ref('int_initiatives_compared') }}

),

costs as (

    select * from {{ ref('int_initiatives_spent') }}

),

as_of_row as (

    select
        {{ cx_warehouse.month_number(cx_warehouse.local_date('as_of', cx_warehouse.business_timezone())) }} as as_of_month
    from {{ ref('stg_as_of') }}

),

digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Ten years before the start to the longest horizon after it.
offsets as (

    select units.digit + 10 * tens.digit + 100 * hundreds.digit - 120 as months_since_start
    from digits as units
    cross join digits as tens
    cross join digits as hundreds
    where units.digit + 10 * tens.digit + 100 * hundreds.digit - 120 < {{ cx_warehouse.longest_horizon() }}

),

claimed as (

    select
        initiative_id,
        month_number,
        sum(observation_count) as customer_count
    from compared
    where design = 'joint' and metric_id = 'net_margin_per_customer_month' and arm = 'treated' and is_after
    group by initiative_id, month_number

),

-- Months that were measured at all, whoever claims the customers.
measured as (

    select
        initiative_id,
        max(month_number) as last_measured_month
    from compared
    where design = 'alone' and metric_id = 'net_margin_per_customer_month' and arm = 'treated' and is_after
    group by initiative_id

),

last_claimed as (

    select
        measured.initiative_id,
        measured.last_measured_month,
        coalesce(claimed.customer_count, 0) as customer_count
    from measured
    left join claimed
        on measured.initiative_id = claimed.initiative_id and measured.last_measured_month = claimed.month_number

),

spent as (

    select
        initiative_id,
        spent_month,
        case when count(*) = count(spent_amount) then sum(spent_amount) end as cost_amount
    from costs
    group by initiative_id, spent_month

),

-- The first month holds the set-up, so that what goes on is what was spent after it. Unknown in one month is unknown in the
-- mean, and while the first month runs nothing is known to go on. A credit note larger than the costs beside it does not
-- come again every month.
running as (

    select
        initiatives.initiative_id,
        case
            when max(case when spent.spent_month > initiatives.start_month and spent.cost_amount is null then 1 else 0 end) = 0
                then greatest(
                    coalesce(
                        {{ cx_warehouse.ratio(
                            'sum(case when spent.spent_month > initiatives.start_month then spent.cost_amount else 0 end)',
                            'max(as_of_row.as_of_month - initiatives.start_month)'
                        ) }},
                        0e0
                    ),
                    0e0
                )
        end as monthly_cost_amount
    from initiatives
    cross join as_of_row
    left join spent on initiatives.initiative_id = spent.initiative_id
    group by initiatives.initiative_id

),

months as (

    select
        initiatives.initiative_id,
        cases.case_id,
        initiatives.start_month,
        initiatives.first_after_month,
        initiatives.start_month + offsets.months_since_start as month_number,
        offsets.months_since_start,
        as_of_row.as_of_month,
        cases.discount_rate,
        cases.horizon_months,
        cases.effect_persistence,
        cases.marginal_service_cost_share
    from initiatives
    cross join cases
    cross join as_of_row
    inner join offsets on offsets.months_since_start < cases.horizon_months
    left join spent
        on initiatives.initiative_id = spent.initiative_id
        and initiatives.start_month + offsets.months_since_start = spent.spent_month
    where offsets.months_since_start >= 0 or spent.initiative_id is not null

),

final as (

    select
        months.initiative_id,
        months.case_id,
        months.month_number,
        months.months_since_start,
        months.start_month,
        months.month_number between months.first_after_month and last_claimed.last_measured_month as is_measured,
        months.month_number <= months.as_of_month as is_spent,
        months.discount_rate,
        months.horizon_months,
        months.marginal_service_cost_share,
        {{ cx_warehouse.present_value('1', 'months.discount_rate', '1e0 * months.months_since_start / 12.0') }} as discount_factor,
        case
            when last_claimed.initiative_id is null then null
            when months.month_number > last_claimed.last_measured_month then last_claimed.customer_count
            else coalesce(claimed.customer_count, 0)
        end as customer_count,
        -- Customers whose effect has worn off by a half count for a half.
        case
            when last_claimed.initiative_id is null then null
            when months.month_number > last_claimed.last_measured_month
                then last_claimed.customer_count
                    * power(months.effect_persistence, 1e0 * (months.month_number - last_claimed.last_measured_month) / 12.0)
            else cast(coalesce(claimed.customer_count, 0) as double)
        end as effective_customer_count,
        case
            when not {{ cx_warehouse.is_present('crm.initiative_costs') }} then null
            when months.month_number > months.as_of_month then running.monthly_cost_amount
            when spent.initiative_id is null then 0
            else cast(spent.cost_amount as double)
        end as cost_amount
    from months
    left join last_claimed on months.initiative_id = last_claimed.initiative_id
    left join claimed on months.initiative_id = claimed.initiative_id and months.month_number = claimed.month_number
    left join spent on months.initiative_id = spent.initiative_id and months.month_number = spent.spent_month
    left join running on months.initiative_id = running.initiative_id

)

select * from final
