-- Grain: one row per metric × touchpoint × cause × complete month; `all` is the roll-up of touchpoint and of cause.
-- Control charts: shares on a p-chart with Laney's correction for months that differ by more than chance, means on an
-- individuals chart (XmR). A month is held against the up to 12 months before it, never against itself, and the limits
-- count the uncertainty of that baseline. Sources: Western Electric, Statistical Quality Control Handbook (1956), rules
-- 1 to 4; Page (1954), Biometrika 41, CUSUM with k = 0.5 and h = 5; Laney (2002), Quality Engineering 14.
{%- set baseline_months = 12 %}
{%- set fewest_baseline_months = 8 %}
with

reliability as (

    select * from {{ ref('mart_promise_reliability') }}
    where promise_version = 'first' and segment = 'all' and region = 'all' and service_level = 'all'

),

survey_scores as (

    select * from {{ ref('mart_survey_scores') }} where segment = 'all' and scale = 'all'

),

scales as (

    select month, touchpoint, question_kind, min(scale) as scale
    from {{ ref('mart_survey_scores') }}
    where segment = 'all' and scale <> 'all' and answer_count > 0
    group by month, touchpoint, question_kind

),

contacted as (

    select * from {{ ref('int_orders_contacted') }}

),

-- The month in which contacts end has not been seen to its end: who writes after that is not on record.
contacts_ended as (

    select
        month,
        reason
    from {{ ref('int_periods_observed') }}
    where source_table = 'crm.contacts' and reason is not null

),

orders as (

    select * from {{ ref('int_orders_judged') }}

),

promise_kinds as (

    select * from {{ ref('ref_promise_kinds') }}

),

-- Where none tells what keeps a promise only what was cancelled is known to be missed.
feeds as (

    select kept_by from {{ ref('int_feeds_observed') }} where is_present

),

metrics as (

    select * from {{ ref('dim_metrics') }}

),

available as (

    select * from {{ ref('int_metrics_available') }}

),

-- The running month is not finished, so nothing can be out of line in it yet.
months as (

    select
        month,
        month_start_date,
        row_number() over (order by month_start_date) as month_number,
        row_number() over (order by month_start_date desc) = 1 as is_last_complete
    from {{ ref('int_reporting_periods') }}
    where month_start_date is not null and not is_running

),

due_orders as (

    select
        promise_kinds.touchpoint,
        {{ cx_warehouse.due_month('orders.first_due_date', 'orders.first_due_at') }} as month,
        case when orders.outcome = 'missed' then {{ cx_warehouse.dimension('orders.cause') }} end as missed_cause
    from orders
    inner join promise_kinds on orders.promise_kind = promise_kinds.promise_kind
    inner join feeds on promise_kinds.kept_by = feeds.kept_by
    where orders.outcome in ('exceeded', 'met', 'missed') and orders.is_due_passed

),

orders_by_month as (

    select
        touchpoint,
        month,
        count(*) as due_count
    from due_orders
    group by touchpoint, month

),

missed_by_cause as (

    select
        touchpoint,
        month,
        missed_cause as cause,
        count(*) as missed_count
    from due_orders
    where missed_cause is not null
    group by touchpoint, month, missed_cause

),

causes as (

    select
        touchpoint,
        cause
    from missed_by_cause
    group by touchpoint, cause

),

observed as (

    select
        'miss_rate' as metric_id, touchpoint, 'all' as cause, month, due_count as observation_count,
        cast(missed_count as double) as counted, missed_rate as value, missed_rate_low as value_low,
        missed_rate_high as value_high, cast(null as {{ dbt.type_string() }}) as scale
    from reliability

    union all

    select
        'gap_days' as metric_id, touchpoint, 'all' as cause, month, delivered_count as observation_count,
        cast(null as double) as counted, gap_days_mean as value, gap_days_mean_low as value_low,
        gap_days_mean_high as value_high, cast(null as {{ dbt.type_string() }}) as scale
    from reliability

    union all

    -- Orders that missed by this cause, of all orders that came due there: what stands behind a rise of the whole.
    select
        'miss_rate' as metric_id,
        orders_by_month.touchpoint,
        causes.cause,
        orders_by_month.month,
        orders_by_month.due_count as observation_count,
        coalesce(cast(missed_by_cause.missed_count as double), 0.0) as counted,
        {{ cx_warehouse.point(cx_warehouse.ratio('coalesce(missed_by_cause.missed_count, 0)', 'orders_by_month.due_count'), 'orders_by_month.due_count') }} as value,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('coalesce(missed_by_cause.missed_count, 0)', 'orders_by_month.due_count'), 'orders_by_month.due_count') }} as value_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('coalesce(missed_by_cause.missed_count, 0)', 'orders_by_month.due_count'), 'orders_by_month.due_count') }} as value_high,
        cast(null as {{ dbt.type_string() }}) as scale
    from orders_by_month
    inner join causes on orders_by_month.touchpoint = causes.touchpoint
    left join missed_by_cause
        on orders_by_month.touchpoint = missed_by_cause.touchpoint
        and orders_by_month.month = missed_by_cause.month
        and causes.cause = missed_by_cause.cause

    union all

    select
        survey_scores.question_kind as metric_id,
        survey_scores.touchpoint,
        'all' as cause,
        survey_scores.month,
        survey_scores.answer_count as observation_count,
        case when survey_scores.question_kind <> 'nps' then round(survey_scores.score * survey_scores.answer_count) end as counted,
        survey_scores.score as value,
        survey_scores.score_low as value_low,
        survey_scores.score_high as value_high,
        scales.scale
    from survey_scores
    left join scales
        on survey_scores.month = scales.month
        and survey_scores.touchpoint = scales.touchpoint
        and survey_scores.question_kind = scales.question_kind

    union all

    select
        'contact_rate' as metric_id,
        'all' as touchpoint,
        'all' as cause,
        contacted.month,
        contacted.order_count as observation_count,
        cast(contacted.contacted_count as double) as counted,
        {{ cx_warehouse.point(cx_warehouse.ratio('contacted.contacted_count', 'contacted.order_count'), 'contacted.order_count') }} as value,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('contacted.contacted_count', 'contacted.order_count'), 'contacted.order_count') }} as value_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('contacted.contacted_count', 'contacted.order_count'), 'contacted.order_count') }} as value_high,
        cast(null as {{ dbt.type_string() }}) as scale
    from contacted
    left join contacts_ended on contacted.month = contacts_ended.month
    where contacts_ended.month is null

),

series as (

    select
        observed.*,
        case when observed.metric_id in ('gap_days', 'nps') then 'xmr' else 'p' end as chart_kind,
        months.month_start_date,
        months.month_number,
        months.is_last_complete
    from observed
    inner join months on observed.month = months.month
    where observed.observation_count > 0

),

-- Months whose answers are on another scale are another series: scales are never mixed.
baselines as (

    select
        series.metric_id,
        series.touchpoint,
        series.cause,
        series.month_number,
        before.month_number as before_number,
        before.observation_count as before_count,
        before.counted as before_counted,
        before.value as before_value,
        {{ cx_warehouse.ratio(
            'sum(before.counted) over (partition by series.metric_id, series.touchpoint, series.cause, series.month_number)',
            'sum(before.observation_count) over (partition by series.metric_id, series.touchpoint, series.cause, series.month_number)'
        ) }} as before_share
    from series
    inner join series as before
        on series.metric_id = before.metric_id
        and series.touchpoint = before.touchpoint
        and series.cause = before.cause
        and coalesce(series.scale, '') = coalesce(before.scale, '')
        and before.month_number between series.month_number - {{ baseline_months }} and series.month_number - 1
    where before.value is not null

),

-- How far one month lies from the next, in its own unit (XmR) or in standard errors of its share (Laney).
moved as (

    select
        baselines.*,
        abs(before_value - lag(before_value) over (
            partition by metric_id, touchpoint, cause, month_number order by before_number
        )) as moving_range,
        abs(
            {{ cx_warehouse.ratio('(before_value - before_share)', 'sqrt(before_share * (1e0 - before_share) / (before_count * 1.0))') }}
            - lag({{ cx_warehouse.ratio('(before_value - before_share)', 'sqrt(before_share * (1e0 - before_share) / (before_count * 1.0))') }}) over (
                partition by metric_id, touchpoint, cause, month_number order by before_number
            )
        ) as moving_error
    from baselines

),

centres as (

    select
        metric_id,
        touchpoint,
        cause,
        month_number,
        count(*) as baseline_month_count,
        cast(sum(before_count) as {{ dbt.type_bigint() }}) as baseline_count,
        {{ cx_warehouse.steady_avg('before_value') }} as mean_value,
        max(before_share) as share,
        -- 1.128 is the mean range of two standard normal values.
        {{ cx_warehouse.steady_avg('moving_range') }} / 1.128 as mean_deviation,
        {{ cx_warehouse.steady_avg('moving_error') }} / 1.128 as share_deviation
    from moved
    group by metric_id, touchpoint, cause, month_number

),

limited as (

    select
        series.*,
        centres.baseline_month_count,
        centres.baseline_count,
        case series.chart_kind when 'p' then centres.share else centres.mean_value end as centre,
        case
            when series.chart_kind = 'xmr' then centres.mean_deviation * sqrt(1.0 + {{ cx_warehouse.ratio('1', 'centres.baseline_month_count') }})
            else greatest(1e0, centres.share_deviation) * sqrt(
                centres.share * (1e0 - centres.share)
                * ({{ cx_warehouse.ratio('1', 'series.observation_count') }} + {{ cx_warehouse.ratio('1', 'centres.baseline_count') }})
            )
        end as deviation,
        case
            when series.observation_count < 30 then 'fewer than 30 observations in the month'
            when coalesce(centres.baseline_month_count, 0) < {{ fewest_baseline_months }} then 'fewer than {{ fewest_baseline_months }} complete months before it'
            when
                series.chart_kind = 'p'
                and series.observation_count * least(centres.share, 1e0 - centres.share) < 5
                then 'too rare for limits: fewer than 5 expected in the month'
            when series.value is null then 'answers on several scales cannot be mixed'
        end as withheld_reason
    from series
    left join centres
        on series.metric_id = centres.metric_id
        and series.touchpoint = centres.touchpoint
        and series.cause = centres.cause
        and series.month_number = centres.month_number

),

standardised as (

    select
        limited.*,
        case when withheld_reason is null then {{ cx_warehouse.ratio('(value - centre)', 'deviation') }} end as z
    from limited

),

-- Windows are of months with data; one that is not tested breaks no rule. In the cumulated sum no month counts for more
-- than 3, so that it takes several to exceed 5.
accumulated as (

    select
        standardised.*,
        cast(sum(cast(least(coalesce(z, 0), 3) - 0.5 as numeric(38, 10))) over (
            partition by metric_id, touchpoint, cause order by month_number
        ) as double) as cumulated_up,
        cast(sum(cast(least(-coalesce(z, 0), 3) - 0.5 as numeric(38, 10))) over (
            partition by metric_id, touchpoint, cause order by month_number
        ) as double) as cumulated_down,
        {% for name, condition in [('up', 'z >'), ('down', '-z >')] -%}
        {% for least_z, window in [(2, 3), (1, 5), (0, 8)] -%}
        sum(case when {{ condition }} {{ least_z }} then 1 else 0 end) over (
            partition by metric_id, touchpoint, cause order by month_number
            rows between {{ window - 1 }} preceding and current row
        ) as {{ name }}_{{ least_z }}_count,
        {% endfor -%}
        {% endfor -%}
        month_number - lag(month_number, 7) over (partition by metric_id, touchpoint, cause order by month_number) as eighth_age
    from standardised

),

-- The sum starts anew wherever it would fall below nothing.
summed as (

    select
        accumulated.*,
        cumulated_up - least(0.0, min(cumulated_up) over (
            partition by metric_id, touchpoint, cause order by month_number
        )) as cusum_up,
        cumulated_down - least(0.0, min(cumulated_down) over (
            partition by metric_id, touchpoint, cause order by month_number
        )) as cusum_down
    from accumulated

),

ruled as (

    select
        summed.*,
        case
            when z > 3 then 'beyond_3'
            when z > 2 and up_2_count >= 2 then 'two_of_three_beyond_2'
            when z > 1 and up_1_count >= 4 then 'four_of_five_beyond_1'
            when z > 0 and up_0_count = 8 and eighth_age = 7 then 'eight_on_one_side'
            when z > 0 and cusum_up > 5 then 'cusum'
            when z < -3 then 'beyond_3'
            when z < -2 and down_2_count >= 2 then 'two_of_three_beyond_2'
            when z < -1 and down_1_count >= 4 then 'four_of_five_beyond_1'
            when z < 0 and down_0_count = 8 and eighth_age = 7 then 'eight_on_one_side'
            when z < 0 and cusum_down > 5 then 'cusum'
        end as rule_broken,
        -- A month alone beyond 3 says that it happened once; all else takes several months.
        case
            when z > 0 then up_2_count >= 2 or up_1_count >= 4 or (up_0_count = 8 and eighth_age = 7) or cusum_up > 5
            when z < 0 then down_2_count >= 2 or down_1_count >= 4 or (down_0_count = 8 and eighth_age = 7) or cusum_down > 5
        end as is_repeated
    from summed

),

-- Months in a row that break a rule on the same side are one episode.
numbered as (

    select
        ruled.*,
        month_number - row_number() over (
            partition by metric_id, touchpoint, cause, rule_broken is not null, z > 0 order by month_number
        ) as episode
    from ruled

),

episodes as (

    select
        metric_id,
        touchpoint,
        cause,
        z > 0 as is_up,
        episode,
        min(month) as first_seen_month,
        max(case when is_last_complete then 1 else 0 end) = 1 as is_open,
        count(*) as month_count,
        max(case when is_repeated then 1 else 0 end) as is_repeated
    from numbered
    where rule_broken is not null
    group by metric_id, touchpoint, cause, z > 0, episode

),

-- With many series some month is always out of line, so each month's tests are judged together (Benjamini, Hochberg 1995).
probable as (

    select
        numbered.*,
        2e0 * {{ cx_warehouse.normal_tail('abs(numbered.z)') }} as p_value
    from numbered

),

placed as (

    select
        probable.*,
        row_number() over (partition by month order by p_value nulls last, metric_id, touchpoint, cause) as p_rank,
        count(p_value) over (partition by month) as tested_count
    from probable

),

corrected as (

    select
        placed.*,
        case when p_value is not null then least(1e0, min({{ cx_warehouse.ratio('p_value * tested_count', 'p_rank') }}) over (
            partition by month order by p_value desc, metric_id desc, touchpoint desc, cause desc
            rows between unbounded preceding and current row
        )) end as q_value
    from placed

),

-- A page must be able to say why there is nothing, so each metric's total is there in the last complete month.
keys as (

    select metric_id, touchpoint, cause, month from corrected

    union

    select metrics.metric_id, 'all' as touchpoint, 'all' as cause, months.month
    from metrics
    cross join months
    where metrics.metric_id in ('miss_rate', 'gap_days', 'csat', 'ces', 'nps', 'contact_rate') and months.is_last_complete

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['keys.metric_id', 'keys.touchpoint', 'keys.cause', 'keys.month']) }} as signal_id,
        keys.metric_id,
        metrics.metric_name,
        keys.touchpoint,
        keys.cause,
        keys.month,
        metrics.unit,
        metrics.direction,
        case
            when keys.metric_id in ('gap_days', 'nps') then 'XmR chart of the up to {{ baseline_months }} months before, with their uncertainty'
            else 'p-chart of the up to {{ baseline_months }} months before (Laney), with their uncertainty'
        end as method,
        case when corrected.z is null then 'withheld' else 'final' end as status,
        case
            when not available.is_available then available.reason
            when corrected.metric_id is null then coalesce(contacts_ended.reason, 'nothing to measure in this month')
            when corrected.z is null then coalesce(corrected.withheld_reason, 'the months before it do not vary')
        end as reason,
        corrected.rule_broken,
        case
            when corrected.rule_broken is null then null
            when (metrics.direction = 'up') = (corrected.z > 0) then 'better'
            else 'worse'
        end as change_kind,
        case
            when corrected.rule_broken is null then null
            when episodes.is_repeated = 1 or episodes.month_count > 1 then 'pattern'
            else 'one_off'
        end as signal_kind,
        episodes.first_seen_month,
        corrected.observation_count,
        corrected.baseline_count,
        cast(corrected.baseline_month_count as {{ dbt.type_bigint() }}) as baseline_month_count,
        case when corrected.z is not null then corrected.value end as value,
        case when corrected.z is not null then corrected.value_low end as value_low,
        case when corrected.z is not null then corrected.value_high end as value_high,
        case when corrected.z is not null then corrected.centre end as centre,
        case
            when corrected.z is null then null
            when corrected.chart_kind = 'p' then greatest(corrected.centre - 3.0 * corrected.deviation, 0e0)
            else corrected.centre - 3.0 * corrected.deviation
        end as control_low,
        case
            when corrected.z is null then null
            when corrected.chart_kind = 'p' then least(corrected.centre + 3.0 * corrected.deviation, 1e0)
            else corrected.centre + 3.0 * corrected.deviation
        end as control_high,
        corrected.z,
        corrected.q_value,
        case when corrected.rule_broken is not null then episodes.is_open end as is_open,
        coalesce(months.is_last_complete, false) as is_last_complete,
        months.month_start_date
    from keys
    inner join months on keys.month = months.month
    inner join metrics on keys.metric_id = metrics.metric_id
    inner join available on keys.metric_id = available.metric_id
    left join contacts_ended on keys.metric_id = 'contact_rate' and keys.month = contacts_ended.month
    left join corrected
        on keys.metric_id = corrected.metric_id
        and keys.touchpoint = corrected.touchpoint
        and keys.cause = corrected.cause
        and keys.month = corrected.month
    left join episodes
        on corrected.metric_id = episodes.metric_id
        and corrected.touchpoint = episodes.touchpoint
        and corrected.cause = episodes.cause
        and corrected.rule_broken is not null
        and (corrected.z > 0) = episodes.is_up
        and corrected.episode = episodes.episode

)

select
    signal_id,
    metric_id,
    metric_name,
    touchpoint,
    cause,
    month,
    unit,
    direction,
    method,
    status,
    reason,
    rule_broken,
    change_kind,
    signal_kind,
    first_seen_month,
    observation_count,
    baseline_count,
    baseline_month_count,
    value,
    value_low,
    value_high,
    centre,
    control_low,
    control_high,
    z,
    q_value,
    is_open,
    is_last_complete,
    month_start_date
from final
