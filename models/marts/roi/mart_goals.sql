-- Grain: one row per initiative × month, from the month of its start to that of its deadline, as far as as_of has come.
-- P(on track) is Φ((now − path) ÷ standard error), the sign turned where less is better. The path is the straight line
-- from the baseline at the start to the target at the deadline, read at the middle of the days that `now` covers:
-- path = baseline + (target − baseline) × elapsed. Standard errors are a quarter of z of the published intervals' width.
{%- set elapsed = 'least(greatest(elapsed_share, 0e0), 1e0)' %}
with

tracked as (

    select * from {{ ref('int_goals_tracked') }}

),

observed as (

    select * from {{ ref('int_goals_observed') }}

),

metrics as (

    select * from {{ ref('dim_metrics') }}

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

ended as (

    {{ cx_warehouse.serving_observed() }}

),

windows as (

    select
        initiative_id,
        month,
        'baseline' as window_kind,
        baseline_from_on as from_on,
        {{ cx_warehouse.add_days('started_on', -1) }} as to_on,
        started_on
    from tracked

    union all

    select
        initiative_id,
        month,
        'now' as window_kind,
        now_from_on as from_on,
        judged_on as to_on,
        started_on
    from tracked

),

-- An order counts as treated from the start on; when its outcome became known decides in which months it stands. A cost over
-- the orders whose currency somebody can convert would be that of other orders.
clusters as (

    select
        windows.initiative_id,
        windows.month,
        windows.window_kind,
        observed.metric_id,
        observed.cluster_id,
        count(*) as value_count,
        {{ cx_warehouse.count_if('observed.value > 0') }} as above_count,
        {{ cx_warehouse.count_if('observed.value < 0') }} as below_count,
        {{ cx_warehouse.steady_sum('observed.value') }} as value_sum,
        min(observed.value) as value_least,
        max(observed.value) as value_most
    from windows
    inner join observed
        on windows.initiative_id = observed.initiative_id
        and (
            (windows.window_kind = 'baseline' and observed.exposed_on between windows.from_on and windows.to_on)
            or (
                windows.window_kind = 'now'
                and observed.exposed_on >= windows.started_on
                and observed.known_on between windows.from_on and windows.to_on
            )
        )
    cross join unpriced
    where observed.metric_id <> 'cost_per_order' or unpriced.currencies is null
    group by windows.initiative_id, windows.month, windows.window_kind, observed.metric_id, observed.cluster_id

),

summed as (

    select
        initiative_id,
        month,
        window_kind,
        metric_id,
        count(*) as cluster_count,
        cast(sum(value_count) as {{ dbt.type_bigint() }}) as value_count,
        cast(sum(above_count) as {{ dbt.type_bigint() }}) as above_count,
        cast(sum(below_count) as {{ dbt.type_bigint() }}) as below_count,
        {{ cx_warehouse.ratio(cx_warehouse.steady_sum('value_sum'), 'sum(value_count)') }} as value_mean,
        {{ cx_warehouse.steady_sum('value_sum * value_sum') }} as sum_sum,
        {{ cx_warehouse.steady_sum('value_sum * value_count') }} as sum_count,
        cast(sum(value_count * value_count) as double) as count_count,
        min(value_least) < max(value_most) as is_varying
    from clusters
    group by initiative_id, month, window_kind, metric_id

),

errors as (

    select
        summed.*,
        -- Nothing that varies is not certainty: no interval, rather than one without width.
        case
            when summed.is_varying
                then nullif({{ cx_warehouse.clustered_error('summed.value_mean', 'summed.value_count', 'summed.cluster_count', 'summed.sum_sum', 'summed.sum_count', 'summed.count_count') }}, 0e0)
        end as standard_error,
        quantiles.t_975
    from summed
    left join quantiles on {{ cx_warehouse.has_freedom('quantiles', 'summed.cluster_count - 1') }}

),

intervals as (

    select
        initiative_id,
        month,
        window_kind,
        value_count,
        value_mean,
        case when metric_id in ('gap_days', 'cost_per_order') then cluster_count else value_count end as independent_count,
        case
            when metric_id = 'nps' then {{ cx_warehouse.nps_low('above_count', 'value_count - above_count - below_count', 'below_count') }}
            when metric_id in ('gap_days', 'cost_per_order') then {{ cx_warehouse.paired_t_low('value_mean', 'standard_error', 't_975') }}
            else {{ cx_warehouse.wilson_low('above_count', 'value_count') }}
        end as value_low,
        case
            when metric_id = 'nps' then {{ cx_warehouse.nps_high('above_count', 'value_count - above_count - below_count', 'below_count') }}
            when metric_id in ('gap_days', 'cost_per_order') then {{ cx_warehouse.paired_t_high('value_mean', 'standard_error', 't_975') }}
            else {{ cx_warehouse.wilson_high('above_count', 'value_count') }}
        end as value_high
    from errors

),

-- A mean rests on as many as differ independently, its customers; without an interval on none.
shown as (

    select
        intervals.*,
        case when value_low is null or value_high is null then 0 else independent_count end as shown_count
    from intervals

),

judged as (

    select
        tracked.*,
        metrics.metric_name,
        metrics.unit,
        metrics.direction,
        available.is_available,
        available.reason as available_reason,
        case tracked.target_metric when 'contact_rate' then ended.contacts_reason when 'cost_per_order' then ended.cost_reason end as ended_reason,
        coalesce(baselines.value_count, 0) as baseline_count,
        baselines.independent_count as baseline_independent_count,
        coalesce(baselines.shown_count, 0) as baseline_shown_count,
        {{ cx_warehouse.point('baselines.value_mean', 'baselines.shown_count') }} as baseline_value,
        {{ cx_warehouse.bound('baselines.value_low', 'baselines.shown_count') }} as baseline_value_low,
        {{ cx_warehouse.bound('baselines.value_high', 'baselines.shown_count') }} as baseline_value_high,
        coalesce(nows.value_count, 0) as observation_count,
        nows.independent_count,
        coalesce(nows.shown_count, 0) as shown_count,
        {{ cx_warehouse.point('nows.value_mean', 'nows.shown_count') }} as value,
        {{ cx_warehouse.bound('nows.value_low', 'nows.shown_count') }} as value_low,
        {{ cx_warehouse.bound('nows.value_high', 'nows.shown_count') }} as value_high,
        {{ cx_warehouse.ratio(
            cx_warehouse.dates_between('tracked.started_on', 'tracked.now_from_on') ~ ' + ' ~ cx_warehouse.dates_between('tracked.started_on', 'tracked.judged_on'),
            '2 * (' ~ cx_warehouse.dates_between('tracked.started_on', 'tracked.deadline_on') ~ ')'
        ) }} as elapsed_share
    from tracked
    left join metrics on tracked.target_metric = metrics.metric_id
    left join available on tracked.target_metric = available.metric_id
    left join ended on tracked.month = ended.month
    left join shown as baselines
        on tracked.initiative_id = baselines.initiative_id
        and tracked.month = baselines.month
        and baselines.window_kind = 'baseline'
    left join shown as nows
        on tracked.initiative_id = nows.initiative_id
        and tracked.month = nows.month
        and nows.window_kind = 'now'

),

paths as (

    select
        judged.*,
        case when started_on < deadline_on then baseline_value + (target_value - baseline_value) * {{ elapsed }} end as path_value,
        case direction when 'down' then -1e0 else 1e0 end as sign,
        ((value_high - value_low) / (2e0 * {{ cx_warehouse.z_95() }})) as value_error,
        (1e0 - {{ elapsed }}) * ((baseline_value_high - baseline_value_low) / (2e0 * {{ cx_warehouse.z_95() }})) as path_error
    from judged

),

probabilities as (

    select
        paths.*,
        {{ cx_warehouse.normal_tail(
            '(' ~ cx_warehouse.ratio('sign * (path_value - value)', 'sqrt(value_error * value_error + path_error * path_error)') ~ ')'
        ) }} as on_track_probability,
        case direction when 'down' then value_high <= target_value else value_low >= target_value end as is_reached,
        case direction when 'down' then value_low > target_value else value_high < target_value end as is_not_reached
    from paths

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['initiative_id', 'month']) }} as goal_id,
        initiative_id,
        initiative_name,
        month,
        touchpoint,
        region,
        segment,
        service_level,
        owner,
        target_metric as metric_id,
        coalesce(metric_name, target_metric) as metric_name,
        unit,
        direction,
        case
            when target_metric = 'nps' then 'mean of the last 3 months since the start; adjusted Wald 95 %; P: normal'
            when target_metric in ('gap_days', 'cost_per_order')
                then 'mean of the last 3 months since the start; Student t 95 % clustered by customer; P: normal'
            else 'share in the last 3 months since the start; Wilson 95 % (ignores clustering by customer); P: normal'
        end as method,
        case
            when observation_count = 0 then 'withheld'
            else {{ cx_warehouse.estimate_status('shown_count', '(is_running or ended_reason is not null)') }}
        end as status,
        case
            when metric_name is null then 'the target metric is not in the registry'
            when target_metric not in ('kept_rate', 'miss_rate', 'gap_days', 'contact_rate', 'cost_per_order', 'retention_90d', 'nps', 'csat', 'ces')
                then 'this metric cannot be told per group of customers'
            when not is_available then available_reason
            when target_metric = 'cost_per_order' and unpriced.currencies is not null then concat('no rate in fx_rates for ', unpriced.currencies)
            when started_on > deadline_on then 'its deadline is not after its start'
            when started_on > judged_on then 'it has not begun'
            when observation_count = 0 then 'nothing of it is known yet among those it treats'
            when shown_count = 0 and independent_count >= {{ cx_warehouse.fewest_for_interval() }}
                then 'nothing varies, so there is no interval'
            when shown_count < {{ cx_warehouse.fewest_for_point() }} then {{ cx_warehouse.estimate_reason('shown_count') }}
            when baseline_shown_count = 0 and baseline_independent_count >= {{ cx_warehouse.fewest_for_point() }}
                then 'nothing varies in the 12 months before the start'
            when baseline_shown_count < {{ cx_warehouse.fewest_for_point() }}
                then 'fewer than {{ cx_warehouse.fewest_for_point() | trim }} observations in the 12 months before the start'
            when started_on >= deadline_on then 'its deadline is not after its start'
            when ended_reason is not null then ended_reason
            when is_running then 'the month is still running'
        end as reason,
        case
            when value is null then 'not_enough_evidence'
            when is_reached then 'reached'
            when is_deadline_passed and is_not_reached then 'missed'
            when is_deadline_passed or on_track_probability is null then 'not_enough_evidence'
            when on_track_probability >= 0.75 then 'on_track'
            when on_track_probability <= 0.25 then 'at_risk'
            else 'not_enough_evidence'
        end as goal_status,
        cast(baseline_count as {{ dbt.type_bigint() }}) as baseline_count,
        cast(observation_count as {{ dbt.type_bigint() }}) as observation_count,
        cast(days_left as {{ dbt.type_bigint() }}) as days_left,
        baseline_value,
        baseline_value_low,
        baseline_value_high,
        value,
        value_low,
        value_high,
        target_value,
        path_value,
        on_track_probability,
        is_latest,
        is_deadline_passed,
        started_on,
        deadline_on,
        judged_on
    from probabilities
    cross join unpriced

)

select
    goal_id,
    initiative_id,
    initiative_name,
    month,
    touchpoint,
    region,
    segment,
    service_level,
    owner,
    metric_id,
    metric_name,
    unit,
    direction,
    method,
    status,
    reason,
    goal_status,
    baseline_count,
    observation_count,
    days_left,
    baseline_value,
    baseline_value_low,
    baseline_value_high,
    value,
    value_low,
    value_high,
    target_value,
    path_value,
    on_track_probability,
    is_latest,
    is_deadline_passed,
    started_on,
    deadline_on,
    judged_on
from final
