-- A waterfall from contacts to lost margin must end at its total, to the cent: per missed order and per month.
with

parts as (

    select
        segment,
        sum(difference) as difference,
        sum(per_month) as per_month,
        count(*) as part_count,
        count(difference) as known_count
    from {{ ref('mart_cost_of_miss') }}
    where is_in_total
    group by segment

)

select
    totals.segment,
    totals.difference,
    parts.difference as part_difference,
    totals.per_month,
    parts.per_month as part_per_month
from {{ ref('mart_cost_of_miss') }} as totals
inner join parts on totals.segment = parts.segment
where
    totals.component = 'total'
    and totals.difference is not null
    and (
        parts.known_count < parts.part_count
        or abs(totals.difference - parts.difference) >= 0.005
        or abs(totals.per_month - parts.per_month) >= 0.005
    )
