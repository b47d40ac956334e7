-- Grain: one row per index kind × comparison × order.
-- Every comparison has its two groups, its clock and its strata: orders that were alike as far as was known at the landmark.
-- An order goes into the finest stratum in which there are enough to find its like, whatever their outcome was; in strata
-- cut finer, most orders would stand alone and say nothing.
{%- set fewest_in_stratum = 20 %}
{%- set fewest_in_week = 8 %}
{%- set levels = [
    ['segment'],
    ['segment', 'service_level'],
    ['segment', 'service_level', 'region'],
    ['segment', 'service_level', 'region', 'order_class'],
    ['segment', 'service_level', 'region', 'order_class', 'due_quarter'],
    ['segment', 'service_level', 'region', 'order_class', 'due_month'],
    ['segment', 'service_level', 'region', 'order_class', 'due_month', 'spend_class'],
] %}
{%- set week_levels = [
    ['region', 'due_week'],
    ['region', 'due_week', 'segment'],
    ['region', 'due_week', 'segment', 'service_level'],
] %}
with

orders as (

    select
        matched.*,
        cast(due_week_start_date as {{ dbt.type_string() }}) as due_week
    from {{ ref('int_orders_matched') }} as matched

),

indexed as (

    select 'first_order' as index_kind, orders.* from orders where order_number = 1
    union all
    select 'every_order' as index_kind, orders.* from orders

),

-- Cells of orders that are alike in all that strata ask for: few beside the orders, so that counting them again is cheap.
cells as (

    select
        index_kind,
        outcome,
        {{ levels[-1] | join(', ') }},
        due_quarter,
        count(*) as order_count
    from indexed
    group by index_kind, outcome, {{ levels[-1] | join(', ') }}, due_quarter

),

-- Counts of alike orders, whatever became of them; those who were missed are compared with each other, too.
sized as (

    select
        cells.*,
        {% for level in levels -%}
        sum(order_count) over (partition by index_kind, {{ level | join(', ') }}) as level_{{ loop.index }}_count,
        sum(order_count) over (partition by index_kind, outcome, {{ level | join(', ') }}) as level_{{ loop.index }}_alike_count
        {{- ',' if not loop.last }}
        {% endfor %}
    from cells

),

named as (

    select
        index_kind,
        outcome,
        {{ levels[-1] | join(', ') }},
        due_quarter,
        {% for suffix in ['count', 'alike_count'] -%}
        case
            {%- for level in levels | reverse %}
            when level_{{ loop.revindex }}_{{ suffix }} >= {{ fewest_in_stratum }} then {{ cx_warehouse.surrogate_key(["'%d'" % level | length] + level) }}
            {%- endfor %}
            else 'all'
        end as {{ 'stratum' if suffix == 'count' else 'missed_stratum' }}{{ ',' if not loop.last }}
        {% endfor %}
    from sized

),

-- Numbers in place of keys, which would be sorted and joined as long texts.
numbered as (

    select
        index_kind,
        outcome,
        {{ levels[-1] | join(', ') }},
        due_quarter,
        dense_rank() over (order by stratum) as stratum,
        dense_rank() over (order by missed_stratum) as missed_stratum
    from named

),

week_cells as (

    select
        index_kind,
        {{ week_levels[-1] | join(', ') }},
        count(*) as order_count
    from indexed
    group by index_kind, {{ week_levels[-1] | join(', ') }}

),

week_sized as (

    select
        week_cells.*,
        {% for level in week_levels -%}
        sum(order_count) over (partition by index_kind, {{ level | join(', ') }}) as week_{{ loop.index }}_count{{ ',' if not loop.last }}
        {% endfor %}
    from week_cells

),

week_named as (

    select
        index_kind,
        {{ week_levels[-1] | join(', ') }},
        case
            {%- for level in week_levels | reverse %}
            {% if not loop.last %}when week_{{ loop.revindex }}_count >= {{ fewest_in_week }} then{% else %}else{% endif %} {{ cx_warehouse.surrogate_key(["'%d'" % level | length] + level) }}
            {%- endfor %}
        end as week_stratum
    from week_sized

),

week_numbered as (

    select
        index_kind,
        {{ week_levels[-1] | join(', ') }},
        dense_rank() over (order by week_stratum) as week_stratum
    from week_named

),

stratified as (

    select
        indexed.index_kind,
        indexed.order_id,
        indexed.customer_id,
        indexed.outcome,
        indexed.recovery_days,
        indexed.followed_days,
        indexed.reordered_days,
        indexed.is_outside_cause,
        indexed.is_compensated,
        numbered.stratum,
        numbered.missed_stratum,
        week_numbered.week_stratum
    from indexed
    inner join numbered
        on {{ cx_warehouse.same_groups(['index_kind', 'outcome'] + levels[-1] + ['due_quarter'], 'indexed', 'numbered') }}
    inner join week_numbered
        on {{ cx_warehouse.same_groups(['index_kind'] + week_levels[-1], 'indexed', 'week_numbered') }}

),

-- Whether amends were made is known some days after the landmark only. Who ordered again before that could not wait for
-- them, and is left out on both sides: else amends would be credited with everybody who had not come back yet.
grouped as (

    select
        'missed_and_kept' as comparison,
        stratum as compared_stratum,
        outcome = 'missed' as is_exposed,
        0e0 as waited_days,
        stratified.*
    from stratified

    union all

    select
        'outside_cause_and_kept' as comparison,
        week_stratum as compared_stratum,
        is_outside_cause as is_exposed,
        0e0 as waited_days,
        stratified.*
    from stratified
    where outcome = 'kept' or is_outside_cause

    union all

    select
        'compensated_and_kept' as comparison,
        stratum as compared_stratum,
        outcome = 'missed' as is_exposed,
        recovery_days as waited_days,
        stratified.*
    from stratified
    where is_compensated is not null and (outcome = 'kept' or is_compensated)

    union all

    select
        'uncompensated_and_kept' as comparison,
        stratum as compared_stratum,
        outcome = 'missed' as is_exposed,
        recovery_days as waited_days,
        stratified.*
    from stratified
    where is_compensated is not null and (outcome = 'kept' or not is_compensated)

    union all

    select
        'compensated_and_uncompensated' as comparison,
        missed_stratum as compared_stratum,
        is_compensated as is_exposed,
        recovery_days as waited_days,
        stratified.*
    from stratified
    where is_compensated is not null and outcome = 'missed'

),

final as (

    select
        index_kind,
        comparison,
        order_id,
        customer_id,
        compared_stratum as stratum,
        -- A ratio of paces is nearer to 1 wherever paces are mixed, so its strata never mix segments.
        case when comparison = 'outside_cause_and_kept' then stratum else compared_stratum end as pace_stratum,
        cast(coalesce(reordered_days, followed_days) - waited_days as double) as passed_days,
        cast(followed_days - waited_days as double) as followed_days,
        reordered_days is not null as is_reordered,
        is_exposed
    from grouped
    where followed_days >= waited_days and (reordered_days >= waited_days or reordered_days is null)

)

select * from final
