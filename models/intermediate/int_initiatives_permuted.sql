-- Grain: one row per initiative × metric of which a group (a region, a segment…) is treated.
-- Every group that was not treated gets the date of the treated one and is compared with the rest: how often does nothing
-- look as large? All of them are tried, none is drawn. Each difference is divided by its own error, or the smallest groups
-- would decide. Source: Fisher (1935), The Design of Experiments; studentised as in Chung, Romano (2013), Annals of
-- Statistics 41, 484–507.
with

compared as (

    select * from {{ ref('int_initiatives_compared') }} where design = 'alone' and treated_kind <> 'everyone'

),

groups as (

    select
        initiative_id,
        metric_id,
        month_number,
        is_after,
        arm,
        case when arm = 'treated' then '' else group_key end as group_key,
        cast(sum(observation_count) as double) as observation_count,
        {{ cx_warehouse.steady_sum('value_sum') }} as value_sum,
        {{ cx_warehouse.steady_sum('value_squares') }} as value_squares,
        {{ cx_warehouse.steady_sum('value_counts') }} as value_counts,
        cast(sum(count_squares) as double) as count_squares
    from compared
    group by initiative_id, metric_id, month_number, is_after, arm, case when arm = 'treated' then '' else group_key end

),

controls as (

    select
        initiative_id,
        metric_id,
        month_number,
        sum(observation_count) as observation_count,
        {{ cx_warehouse.steady_sum('value_sum') }} as value_sum,
        {{ cx_warehouse.steady_sum('value_squares') }} as value_squares,
        {{ cx_warehouse.steady_sum('value_counts') }} as value_counts,
        sum(count_squares) as count_squares
    from groups
    where arm = 'control'
    group by initiative_id, metric_id, month_number

),

-- The treated group is never among those that a placebo is compared with.
paired as (

    select
        groups.initiative_id,
        groups.metric_id,
        groups.arm,
        groups.group_key,
        groups.month_number,
        groups.is_after,
        groups.observation_count as group_count,
        groups.value_sum as group_sum,
        groups.value_squares as group_squares,
        groups.value_counts as group_products,
        groups.count_squares as group_count_squares,
        controls.observation_count - case when groups.arm = 'control' then groups.observation_count else 0 end as rest_count,
        controls.value_sum - case when groups.arm = 'control' then groups.value_sum else 0 end as rest_sum,
        controls.value_squares - case when groups.arm = 'control' then groups.value_squares else 0 end as rest_squares,
        controls.value_counts - case when groups.arm = 'control' then groups.value_counts else 0 end as rest_products,
        controls.count_squares - case when groups.arm = 'control' then groups.count_squares else 0 end as rest_count_squares
    from groups
    inner join controls
        on groups.initiative_id = controls.initiative_id
        and groups.metric_id = controls.metric_id
        and groups.month_number = controls.month_number

),

meant as (

    select
        paired.*,
        {{ cx_warehouse.ratio('group_sum', 'group_count') }} as group_mean,
        {{ cx_warehouse.ratio('rest_sum', 'rest_count') }} as rest_mean,
        {{ cx_warehouse.ratio('group_count * rest_count', 'group_count + rest_count') }} as weight
    from paired
    where group_count > 0 and rest_count > 0

),

-- Spread of single observations around the mean of their month, pooled over the months of a side.
spread as (

    select
        meant.*,
        {% for side in ['group', 'rest'] -%}
        {{ cx_warehouse.ratio(
            'sum(' ~ side ~ '_squares - 2 * ' ~ side ~ '_mean * ' ~ side ~ '_products + ' ~ side ~ '_mean * ' ~ side ~ '_mean * ' ~ side ~ '_count_squares)'
            ~ ' over (partition by initiative_id, metric_id, group_key, is_after order by month_number rows between unbounded preceding and unbounded following)',
            'sum(' ~ side ~ '_count) over (partition by initiative_id, metric_id, group_key, is_after) - count(*) over (partition by initiative_id, metric_id, group_key, is_after)'
        ) }} as {{ side }}_variance,
        {% endfor -%}
        sum(group_count) over (partition by initiative_id, metric_id, group_key, is_after) as side_count,
        sum(weight) over (partition by initiative_id, metric_id, group_key, is_after order by month_number rows between unbounded preceding and unbounded following) as side_weight
    from meant

),

sides as (

    select
        initiative_id,
        metric_id,
        arm,
        group_key,
        is_after,
        max(side_count) as side_count,
        {{ cx_warehouse.steady_sum(cx_warehouse.ratio('weight * (group_mean - rest_mean)', 'side_weight')) }} as difference,
        {{ cx_warehouse.steady_sum(
            cx_warehouse.ratio('weight * weight', 'side_weight * side_weight')
            ~ ' * (' ~ cx_warehouse.ratio('group_variance', 'group_count') ~ ' + ' ~ cx_warehouse.ratio('rest_variance', 'rest_count') ~ ')'
        ) }} as variance
    from spread
    group by initiative_id, metric_id, arm, group_key, is_after

),

-- Of a group without two observations in any month of a side nobody knows how much chance there is in it.
measured as (

    select
        initiative_id,
        metric_id,
        arm,
        group_key,
        min(side_count) as fewest_count,
        sum(case when is_after then difference else -difference end) as effect,
        sqrt(nullif(greatest(sum(variance), 0e0), 0e0)) as own_error
    from sides
    group by initiative_id, metric_id, arm, group_key
    having count(variance) = 2

),

tried as (

    select
        measured.*,
        {{ cx_warehouse.ratio('effect', 'own_error') }} as studentised
    from measured

),

treated as (

    select * from tried where arm = 'treated' and studentised is not null

),

-- A group of a handful says nothing about what chance can do.
placebos as (

    select * from tried where arm = 'control' and studentised is not null and fewest_count >= {{ cx_warehouse.fewest_for_interval() }}

),

final as (

    select
        treated.initiative_id,
        treated.metric_id,
        cast(count(placebos.group_key) + 1 as {{ dbt.type_bigint() }}) as group_count,
        {{ cx_warehouse.ratio(
            '1 + sum(case when abs(placebos.studentised) >= abs(treated.studentised) then 1 else 0 end)', 'count(placebos.group_key) + 1'
        ) }} as permutation_p_value,
        -- The error of the treated, made as those of the others are, by as much as these differ more than their errors say.
        sqrt({{ cx_warehouse.steady_avg('placebos.studentised * placebos.studentised') }}) * treated.own_error as group_error
    from treated
    inner join placebos on treated.initiative_id = placebos.initiative_id and treated.metric_id = placebos.metric_id
    group by treated.initiative_id, treated.metric_id, treated.studentised, treated.own_error

)

select * from final
