-- Grain: one row per percentile of customers, those with the highest net first.
-- What a page draws of mart_cost_to_serve, which has a row for every customer.
with

customers as (

    select * from {{ ref('mart_cost_to_serve') }} where row_kind = 'customer' and net_rank is not null

),

everybody as (

    select * from {{ ref('mart_cost_to_serve') }} where row_kind = 'all'

),

ranked as (

    select count(*) as ranked_count from customers

),

percentiles as (

    {% for percentile in range(101) -%}
    select {{ percentile }} as percentile
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- The customers up to a percentile, rounded up: the first percent of 150 are 2.
cut as (

    select
        percentiles.percentile,
        cast(ceil(percentiles.percentile * ranked.ranked_count / 100.0) as {{ dbt.type_bigint() }}) as customer_count,
        ranked.ranked_count
    from percentiles
    cross join ranked

),

final as (

    select
        cut.percentile,
        everybody.method,
        case
            when everybody.status = 'withheld' or cut.ranked_count < {{ cx_warehouse.fewest_for_interval() }} then 'withheld'
            when cut.customer_count between 1 and {{ cx_warehouse.fewest_for_interval() }} - 1 then 'withheld'
            else everybody.status
        end as status,
        case
            when everybody.status = 'withheld' then everybody.reason
            when cut.ranked_count < {{ cx_warehouse.fewest_for_interval() }} or cut.customer_count between 1 and {{ cx_warehouse.fewest_for_interval() }} - 1
                then 'fewer than {{ cx_warehouse.fewest_for_interval() | trim }} customers'
            when customers.cumulative_net_rate is null and cut.customer_count > 0 then 'customers together bring no net to have a share of'
            when everybody.status = 'provisional' then everybody.reason
        end as reason,
        -- Of customers of whom no net is known nobody can say how many stand where.
        case when everybody.status <> 'withheld' then cut.customer_count end as customer_count,
        case
            when cut.customer_count = 0 then cast(0 as numeric(28, 6))
            else customers.cumulative_net_amount
        end as cumulative_net_amount,
        case when cut.customer_count = 0 then 0e0 else customers.cumulative_net_rate end as cumulative_net_rate
    from cut
    cross join everybody
    left join customers on cut.customer_count = customers.net_rank

)

select
    cast(percentile as {{ dbt.type_bigint() }}) as percentile,
    method,
    status,
    reason,
    customer_count,
    case when status <> 'withheld' then cumulative_net_rate end as cumulative_net_rate,
    case when status <> 'withheld' then cumulative_net_amount end as cumulative_net_amount
from final
