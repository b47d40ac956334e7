-- Grain: one row per initiative × metric, and one per metric for all of them together.
-- Months before and after the start, the treated against those nobody treated: difference-in-differences by least squares,
-- with a dummy per month, so that what befell everybody in a month is nobody's effect.
with

initiatives as (

    select * from {{ ref('int_initiatives_windowed') }}

),

asked as (

    select * from {{ ref('int_initiatives_asked') }}

),

weighted as (

    select * from {{ ref('int_initiatives_weighted') }}

),

scored as (

    select * from {{ ref('int_initiatives_scored') }}

),

compared as (

    select * from {{ ref('int_initiatives_compared') }}

),

clustered as (

    select * from {{ ref('int_initiatives_clustered') }}

),

permuted as (

    select * from {{ ref('int_initiatives_permuted') }}

),

metrics as (

    select * from {{ ref('ref_metrics') }}

),

available as (

    select * from {{ ref('int_metrics_available') }}

),

quantiles as (

    {{ cx_warehouse.t_quantiles() }}

),

unpriced as (

    {{ cx_warehouse.unpriced_currencies(['fulfilment.orders', 'crm.contacts', 'fulfilment.shipments', 'fulfilment.adjustments']) }}

),

-- Each month once per estimate: the shares are 1 where an initiative stands alone.
months as (

    select
        scored.estimate_id,
        scored.share_of_estimate,
        weighted.*
    from weighted
    inner join scored
        on weighted.initiative_id = scored.initiative_id
        and weighted.design = scored.design
        and weighted.metric_id = scored.metric_id
        and weighted.month_number = scored.month_number
        and scored.arm = 'treated'

),

means as (

    select
        estimate_id,
        metric_id,
        count(case when not is_after then month_number end) as before_month_count,
        count(case when is_after then month_number end) as after_month_count,
        cast(sum(case when not is_after then treated_count end) as {{ dbt.type_bigint() }}) as treated_before_count,
        cast(sum(case when is_after then treated_count end) as {{ dbt.type_bigint() }}) as treated_after_count,
        cast(sum(control_count) as {{ dbt.type_bigint() }}) as control_count,
        {% for arm in ['treated', 'control'] -%}
        {{ cx_warehouse.steady_sum('case when not is_after then -share_of_estimate * weight * effect_contrast * ' ~ arm ~ '_mean end') }} as {{ arm }}_before,
        {{ cx_warehouse.steady_sum('case when is_after then share_of_estimate * weight * effect_contrast * ' ~ arm ~ '_mean end') }} as {{ arm }}_after,
        {% endfor -%}
        {{ cx_warehouse.steady_sum('share_of_estimate * weight * placebo_contrast * difference') }} as placebo_effect,
        {{ cx_warehouse.steady_sum('share_of_estimate * weight * trend_contrast * difference') }} as trend,
        min(case when is_controlled then 1 else 0 end) = 1 as is_controlled,
        max(case when is_wholly_overlapped then 1 else 0 end) = 1 as is_overlapped
    from months
    group by estimate_id, metric_id

),

-- What is not known of the treated and of those they are compared with.
known as (

    select
        initiative_id,
        metric_id,
        cast(sum(case when arm = 'treated' then unknown_count else 0 end) as {{ dbt.type_bigint() }}) as treated_unknown_count,
        {{ cx_warehouse.ratio('sum(unknown_count)', 'sum(known_count + unknown_count)') }} as unknown_share,
        max(case when arm = 'treated' and observation_count > 0 and is_after then 1 else 0 end) as has_after,
        max(case when arm = 'treated' and observation_count > 0 and not is_after then 1 else 0 end) as has_before
    from compared
    where design = 'alone'
    group by initiative_id, metric_id

    union all

    select
        'all' as initiative_id,
        metric_id,
        cast(sum(case when arm = 'treated' then unknown_count else 0 end) as {{ dbt.type_bigint() }}) as treated_unknown_count,
        {{ cx_warehouse.ratio('sum(unknown_count)', 'sum(known_count + unknown_count)') }} as unknown_share,
        1 as has_after,
        1 as has_before
    from compared
    where design = 'joint'
    group by metric_id

),

estimated as (

    select
        means.*,
        {{ cx_warehouse.difference_in_differences('means.treated_before', 'means.treated_after', 'means.control_before', 'means.control_after') }} as effect,
        clustered.cluster_count,
        clustered.treated_customer_count,
        least(clustered.treated_before_customer_count, clustered.treated_after_customer_count) as fewest_count,
        clustered.effect_error,
        clustered.placebo_error,
        clustered.trend_error,
        student.t_975,
        permuted.group_count,
        permuted.permutation_p_value,
        permuted.group_error,
        group_student.t_975 as group_t_975
    from means
    inner join clustered on means.estimate_id = clustered.estimate_id and means.metric_id = clustered.metric_id
    left join quantiles as student on {{ cx_warehouse.has_freedom('student', 'clustered.treated_customer_count - 1') }}
    left join permuted on means.estimate_id = permuted.initiative_id and means.metric_id = permuted.metric_id
    left join quantiles as group_student
        on permuted.group_count >= 6
        and {{ cx_warehouse.has_freedom('group_student', 'permuted.group_count - 2') }}

),

bounded as (

    select
        estimated.*,
        effect - t_975 * effect_error as effect_low,
        effect + t_975 * effect_error as effect_high,
        -- Groups differ at least by what their customers differ by.
        case when group_t_975 * group_error is not null then effect - greatest(group_t_975 * group_error, t_975 * effect_error) end as effect_group_low,
        case when group_t_975 * group_error is not null then effect + greatest(group_t_975 * group_error, t_975 * effect_error) end as effect_group_high,
        placebo_effect - t_975 * placebo_error as placebo_low,
        placebo_effect + t_975 * placebo_error as placebo_high,
        trend - t_975 * trend_error as trend_low,
        trend + t_975 * trend_error as trend_high
    from estimated

),

-- B: the comparison could have failed in three ways and did not. The first: where the interval leaves out 0, few enough of
-- the groups in which nothing was done look as large. Where it holds 0 nothing is claimed that the groups could refute;
-- were B kept for effects that were found, the headline would add up the lucky ones only.
graded as (

    select
        bounded.*,
        case
            when effect is null then null
            when not is_controlled or is_overlapped then 'D'
            when
                group_count >= 6
                and (
                    effect_low <= 0 and effect_high >= 0
                    or permutation_p_value <= 0.05
                    or group_count < 20 and permutation_p_value <= 1.5 * {{ cx_warehouse.ratio('1', 'group_count') }}
                )
                and trend_low <= 0 and trend_high >= 0
                and placebo_low <= 0 and placebo_high >= 0
                then 'B'
            else 'C'
        end as grade
    from bounded

),

-- Together they are as good as the weakest of them.
weakest as (

    select scored.metric_id, max(graded.grade) as grade
    from scored
    inner join graded on scored.initiative_id = graded.estimate_id and scored.metric_id = graded.metric_id
    where scored.estimate_id = 'all'
    group by scored.metric_id

),

cells as (

    select
        asked.initiative_id,
        asked.metric_id,
        asked.is_target,
        initiatives.target_value,
        initiatives.treated_kind,
        initiatives.is_started,
        initiatives.is_window_over
    from asked
    inner join initiatives on asked.initiative_id = initiatives.initiative_id

    union all

    select
        'all' as initiative_id,
        asked.metric_id,
        false as is_target,
        cast(null as double) as target_value,
        'several' as treated_kind,
        max(case when initiatives.is_started then 1 else 0 end) = 1 as is_started,
        min(case when initiatives.is_window_over or not initiatives.is_started then 1 else 0 end) = 1 as is_window_over
    from asked
    inner join initiatives on asked.initiative_id = initiatives.initiative_id
    where {{ cx_warehouse.is_customer_month_metric('asked.metric_id') }}
    group by asked.metric_id

),

judged as (

    select
        cells.*,
        graded.before_month_count,
        graded.after_month_count,
        graded.treated_before_count,
        graded.treated_after_count,
        graded.control_count,
        graded.treated_before,
        graded.treated_after,
        graded.control_before,
        graded.control_after,
        graded.cluster_count,
        graded.treated_customer_count,
        graded.effect,
        graded.effect_low,
        graded.effect_high,
        graded.effect_error,
        graded.effect_group_low,
        graded.effect_group_high,
        graded.placebo_effect,
        graded.placebo_low,
        graded.placebo_high,
        graded.trend,
        graded.trend_low,
        graded.trend_high,
        graded.group_count,
        graded.permutation_p_value,
        graded.is_overlapped,
        graded.is_controlled,
        case when cells.initiative_id = 'all' then weakest.grade else graded.grade end as grade,
        known.treated_unknown_count,
        metrics.direction,
        graded.fewest_count as compared_count,
        case
            when not cells.is_started then 'it starts after as_of'
            when metrics.metric_id is null then 'no metric of this name is known'
            when not available.is_available then available.reason
            when cells.metric_id not in ('csat', 'nps', 'ces', 'miss_rate', 'kept_rate', 'gap_days') and not {{ cx_warehouse.is_present('fulfilment.orders') }}
                then 'source missing: fulfilment.orders'
            when cells.metric_id = 'cost_per_order' and unpriced.currencies is not null then concat('no rate in fx_rates for ', unpriced.currencies)
            -- What is not known are months in which something was bought, so leaving them out moves the mean.
            when known.unknown_share > 0.05 then 'the amount is unknown in more than 5 % of the months in which customers ordered'
            -- Nothing that varies is not certainty: no estimate, rather than one without an interval.
            when graded.fewest_count >= {{ cx_warehouse.fewest_for_interval() }} and graded.effect is not null and graded.effect_low is null
                then 'nothing varies, so there is no interval'
            when graded.effect is not null then null
            when cells.initiative_id = 'all' then 'no initiative has an effect measured'
            when
                cells.metric_id not in ('kept_rate', 'miss_rate', 'gap_days', 'contact_rate', 'cost_per_order', 'retention_90d', 'nps', 'csat', 'ces')
                and not {{ cx_warehouse.is_customer_month_metric('cells.metric_id') }}
                then 'this metric cannot be told per group of customers'
            when known.metric_id is null and cells.metric_id in ('miss_rate', 'kept_rate', 'gap_days')
                then 'no promise at its touchpoint has an outcome on record'
            when known.metric_id is null or known.has_before + known.has_after = 0 then 'nobody treated has an outcome on record'
            when known.has_after = 0 then 'no full month after the start is on record'
            when known.has_before = 0 then 'no month before the start is on record'
            else 'in no month are there both treated and others'
        end as withheld_reason
    from cells
    cross join unpriced
    left join graded on cells.initiative_id = graded.estimate_id and cells.metric_id = graded.metric_id
    left join weakest on cells.metric_id = weakest.metric_id
    left join known on cells.initiative_id = known.initiative_id and cells.metric_id = known.metric_id
    left join metrics on cells.metric_id = metrics.metric_id
    left join available on cells.metric_id = available.metric_id

),

-- What is withheld rests on nothing that is shown.
counted as (

    select
        judged.*,
        case when withheld_reason is null then compared_count end as fewest_count
    from judged

),

needed as (

    select
        counted.*,
        case
            when fewest_count is null or fewest_count < {{ cx_warehouse.fewest_for_interval() }} or effect_low is null then 'not enough evidence'
            when direction = 'down' and effect_high < 0 or direction = 'up' and effect_low > 0 then 'effect'
            when direction = 'down' and effect_low > 0 or direction = 'up' and effect_high < 0 then 'harm'
            else 'not enough evidence'
        end as verdict,
        -- What it aims at, where that lies on the better side of where it came from.
        case
            when is_target and direction = 'down' and target_value < treated_before then target_value - treated_before
            when is_target and direction = 'up' and target_value > treated_before then target_value - treated_before
        end as promised_effect
    from counted

),

tested as (

    select
        needed.*,
        case
            when fewest_count >= {{ cx_warehouse.fewest_for_interval() }}
                then 2e0 * {{ cx_warehouse.normal_tail('abs(' ~ cx_warehouse.ratio('effect', 'effect_error') ~ ')') }}
        end as p_value
    from needed

),

-- Initiatives stand beside each other, each with several measures: among many some look like an effect by chance alone.
ranked as (

    select
        tested.*,
        p_value is not null as is_tested,
        row_number() over (order by p_value nulls last, initiative_id, metric_id) as p_rank,
        count(p_value) over () as tested_count
    from tested

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['initiative_id', 'metric_id']) }} as initiative_effect_id,
        initiative_id,
        metric_id,
        treated_kind,
        case
            when is_controlled then 'difference-in-differences with a dummy per month, 95 %, clustered by customer'
            when not is_controlled then 'before against after, 95 %, clustered by customer'
            else 'none'
        end as method,
        case when fewest_count >= {{ cx_warehouse.fewest_for_interval() }} then grade end as grade,
        verdict,
        case
            when withheld_reason is not null then 'withheld'
            else {{ cx_warehouse.estimate_status('fewest_count', 'not is_window_over') }}
        end as status,
        coalesce(
            withheld_reason,
            {{ cx_warehouse.estimate_reason('fewest_count') }},
            case when is_overlapped then 'another initiative treats the same customers in these months: the two cannot be told apart' end,
            case when not is_window_over then 'the months compared are not all over' end
        ) as reason,
        case when verdict = 'not enough evidence' and fewest_count >= {{ cx_warehouse.fewest_for_interval() }} and effect_error is not null then
            case when promised_effect is not null then 'promised' else 'seen' end
        end as needed_for,
        cast(before_month_count as {{ dbt.type_bigint() }}) as before_month_count,
        cast(after_month_count as {{ dbt.type_bigint() }}) as after_month_count,
        treated_before_count,
        treated_after_count,
        control_count,
        treated_customer_count,
        cluster_count,
        treated_unknown_count,
        case
            when verdict = 'not enough evidence' and fewest_count >= {{ cx_warehouse.fewest_for_interval() }}
                then {{ cx_warehouse.needed_count('treated_before_count + treated_after_count', 'coalesce(promised_effect, effect)', 'effect_error') }}
        end as needed_count,
        {% for estimate in ['treated_before', 'treated_after', 'control_before', 'control_after', 'effect'] -%}
        {{ cx_warehouse.point(estimate, 'fewest_count') }} as {{ estimate }},
        {% endfor -%}
        {% for estimate in ['effect_low', 'effect_high', 'effect_error', 'effect_group_low', 'effect_group_high'] -%}
        {{ cx_warehouse.bound(estimate, 'fewest_count') }} as {{ estimate }},
        {% endfor -%}
        group_count,
        {{ cx_warehouse.bound('permutation_p_value', 'fewest_count') }} as permutation_p_value,
        {{ cx_warehouse.q_value('p_value', 'p_rank', 'tested_count', ['is_tested']) }} as q_value,
        {{ cx_warehouse.point('placebo_effect', 'fewest_count') }} as placebo_effect,
        {{ cx_warehouse.bound('placebo_low', 'fewest_count') }} as placebo_effect_low,
        {{ cx_warehouse.bound('placebo_high', 'fewest_count') }} as placebo_effect_high,
        {{ cx_warehouse.point('trend', 'fewest_count') }} as trend,
        {{ cx_warehouse.bound('trend_low', 'fewest_count') }} as trend_low,
        {{ cx_warehouse.bound('trend_high', 'fewest_count') }} as trend_high,
        is_target
    from ranked

)

select
    initiative_effect_id,
    initiative_id,
    metric_id,
    treated_kind,
    method,
    grade,
    verdict,
    status,
    reason,
    needed_for,
    before_month_count,
    after_month_count,
    treated_before_count,
    treated_after_count,
    control_count,
    treated_customer_count,
    cluster_count,
    treated_unknown_count,
    needed_count as needed_observation_count,
    group_count,
    treated_before,
    treated_after,
    control_before,
    control_after,
    effect,
    effect_low,
    effect_high,
    effect_error,
    effect_group_low,
    effect_group_high,
    permutation_p_value,
    q_value,
    placebo_effect,
    placebo_effect_low,
    placebo_effect_high,
    trend,
    trend_low,
    trend_high,
    is_target
from final
