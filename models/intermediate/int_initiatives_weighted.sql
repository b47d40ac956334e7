-- Grain: one row per initiative × design × metric × month in which both sides have observations, where there are months before and after.
-- Least squares of an outcome on a dummy per month, one for the treated and one for the treated after the start has a
-- closed form: each month's difference of means, weighted by treated · control ÷ (treated + control). The same holds for a
-- slope before the start and for a start made up in the middle of the months before (Frisch, Waugh 1933, Econometrica 1).
with

compared as (

    select * from {{ ref('int_initiatives_compared') }}

),

months as (

    select
        initiative_id,
        design,
        metric_id,
        is_wholly_overlapped,
        month_number,
        month_number - start_month as months_since_start,
        is_after,
        cast(sum(case when arm = 'treated' then observation_count else 0 end) as double) as treated_count,
        cast(sum(case when arm = 'control' then observation_count else 0 end) as double) as control_count,
        {{ cx_warehouse.steady_sum("case when arm = 'treated' then value_sum else 0 end") }} as treated_sum,
        {{ cx_warehouse.steady_sum("case when arm = 'control' then value_sum else 0 end") }} as control_sum
    from compared
    group by initiative_id, design, metric_id, is_wholly_overlapped, month_number, start_month, is_after

),

controlled as (

    select
        months.*,
        max(control_count) over (partition by initiative_id, design, metric_id) > 0 as is_controlled
    from months

),

-- Where nobody could be compared with, a month is weighted by the treated alone: before against after.
meant as (

    select
        controlled.*,
        {{ cx_warehouse.ratio('treated_sum', 'treated_count') }} as treated_mean,
        case when is_controlled then {{ cx_warehouse.ratio('control_sum', 'control_count') }} end as control_mean,
        case when is_controlled then {{ cx_warehouse.ratio('treated_count', 'treated_count + control_count') }} else 0e0 end as treated_share,
        case when is_controlled then {{ cx_warehouse.ratio('treated_sum + control_sum', 'treated_count + control_count') }} else 0e0 end as month_mean,
        case
            when is_controlled then {{ cx_warehouse.ratio('treated_count * control_count', 'treated_count + control_count') }}
            else treated_count
        end as weight
    from controlled
    where treated_count > 0 and (control_count > 0 or not is_controlled)

),

differences as (

    select
        meant.*,
        case when is_controlled then treated_mean - control_mean else treated_mean end as difference,
        not is_after
        and 2 * month_number >= 1
            + min(case when not is_after then month_number end) over (partition by initiative_id, design, metric_id)
            + max(case when not is_after then month_number end) over (partition by initiative_id, design, metric_id) as is_after_placebo
    from meant

),

sums as (

    select
        initiative_id,
        design,
        metric_id,
        {% for side, condition in [
            ('after', 'is_after'), ('before', 'not is_after'), ('placebo_after', 'is_after_placebo'),
            ('placebo_before', 'not is_after and not is_after_placebo')
        ] -%}
        {{ cx_warehouse.steady_sum('case when ' ~ condition ~ ' then weight else 0 end') }} as {{ side }}_weight,
        {{ cx_warehouse.ratio(
            cx_warehouse.steady_sum('case when ' ~ condition ~ ' then weight * difference else 0 end'),
            cx_warehouse.steady_sum('case when ' ~ condition ~ ' then weight else 0 end')
        ) }} as {{ side }}_difference,
        {% endfor -%}
        {{ cx_warehouse.ratio(
            cx_warehouse.steady_sum('case when not is_after then weight * months_since_start else 0 end'),
            cx_warehouse.steady_sum('case when not is_after then weight else 0 end')
        ) }} as before_middle
    from differences
    group by initiative_id, design, metric_id

),

slopes as (

    select
        differences.initiative_id,
        differences.design,
        differences.metric_id,
        {{ cx_warehouse.steady_sum(
            'case when not differences.is_after then differences.weight * (differences.months_since_start - sums.before_middle)'
            ~ ' * (differences.months_since_start - sums.before_middle) else 0 end'
        ) }} as before_spread,
        {{ cx_warehouse.ratio(
            cx_warehouse.steady_sum(
                'case when not differences.is_after then differences.weight * (differences.months_since_start - sums.before_middle) * differences.difference else 0 end'
            ),
            cx_warehouse.steady_sum(
                'case when not differences.is_after then differences.weight * (differences.months_since_start - sums.before_middle)'
                ~ ' * (differences.months_since_start - sums.before_middle) else 0 end'
            )
        ) }} as before_slope
    from differences
    inner join sums
        on differences.initiative_id = sums.initiative_id
        and differences.design = sums.design
        and differences.metric_id = sums.metric_id
    group by differences.initiative_id, differences.design, differences.metric_id

),

-- `contrast` is what a month's difference counts for in an estimate, per unit of its weight; `fitted` is what the
-- regression makes of that difference.
final as (

    select
        differences.initiative_id,
        differences.design,
        differences.metric_id,
        differences.is_wholly_overlapped,
        differences.is_controlled,
        differences.month_number,
        differences.is_after,
        differences.treated_count,
        differences.control_count,
        differences.treated_mean,
        differences.control_mean,
        differences.treated_share,
        differences.month_mean,
        differences.weight,
        differences.difference,
        case
            when differences.is_after then {{ cx_warehouse.ratio('1e0', 'sums.after_weight') }}
            else {{ cx_warehouse.ratio('-1e0', 'sums.before_weight') }}
        end as effect_contrast,
        case when differences.is_after then sums.after_difference else sums.before_difference end as effect_fitted,
        case
            when differences.is_after then 0e0
            when differences.is_after_placebo then {{ cx_warehouse.ratio('1e0', 'sums.placebo_after_weight') }}
            else {{ cx_warehouse.ratio('-1e0', 'sums.placebo_before_weight') }}
        end as placebo_contrast,
        case
            when differences.is_after then 0e0
            when differences.is_after_placebo then sums.placebo_after_difference
            else sums.placebo_before_difference
        end as placebo_fitted,
        case
            when differences.is_after then 0e0
            else {{ cx_warehouse.ratio('differences.months_since_start - sums.before_middle', 'slopes.before_spread') }}
        end as trend_contrast,
        case
            when differences.is_after then 0e0
            else sums.before_difference + slopes.before_slope * (differences.months_since_start - sums.before_middle)
        end as trend_fitted,
        sums.before_weight,
        sums.after_weight
    from differences
    inner join sums
        on differences.initiative_id = sums.initiative_id
        and differences.design = sums.design
        and differences.metric_id = sums.metric_id
    inner join slopes
        on differences.initiative_id = slopes.initiative_id
        and differences.design = slopes.design
        and differences.metric_id = slopes.metric_id
    where sums.before_weight > 0 and sums.after_weight > 0

)

select * from final
