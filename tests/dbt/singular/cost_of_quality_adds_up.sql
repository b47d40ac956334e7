-- Classes add up to all of them and months to the whole, to the cent.
with

quality as (

    select * from {{ ref('mart_cost_of_quality') }}

),

splits as (

    select
        'classes' as split,
        month,
        'all' as cost_class,
        sum(amount) as part_amount
    from quality
    where cost_class <> 'all'
    group by month

    union all

    select
        'months' as split,
        'all' as month,
        cost_class,
        sum(amount) as part_amount
    from quality
    where month_start_date is not null
    group by cost_class

)

select
    splits.split,
    quality.month,
    quality.cost_class,
    quality.amount,
    splits.part_amount
from splits
inner join quality on splits.month = quality.month and splits.cost_class = quality.cost_class
where coalesce(abs(quality.amount - splits.part_amount) >= 0.005, (quality.amount is null) <> (splits.part_amount is null))
