-- Grain: one row per month × cause, with `all` as the roll-up of both.
-- Every cause met at all has a row in every month with a miss: none of it there is a share of 0, which is measured.
with

available as (

    select * from {{ ref('int_metrics_available') }} where metric_id = 'miss_cause_share'

),

feed as (

    select {{ cx_warehouse.has_deliveries() }} as is_present

),

-- Where nobody records deliveries only what the firm cancelled is known to be missed, and of none of it the cause.
misses as (

    select misses.*
    from {{ ref('int_misses_counted') }} as misses
    inner join available on available.is_available
    inner join feed on feed.is_present

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

delay_causes as (

    select * from {{ ref('ref_delay_causes') }}

),

counted as (

    select
        month,
        case when grouping(cause) = 1 then 'all' else cause end as cause,
        count(*) as missed_count
    from misses
    group by month, rollup (cause)

),

totals as (

    select
        month,
        count(*) as all_missed_count,
        {{ cx_warehouse.count_if('is_controllable') }} as controllable_count,
        {{ cx_warehouse.count_if('not is_controllable') }} as uncontrollable_count,
        {{ cx_warehouse.count_if('not is_attributed') }} as unattributed_count
    from misses
    group by month

),

causes as (

    select cause from counted group by cause

),

-- A page must be able to say why there is nothing, so the totals are there even without one miss.
keys as (

    select
        totals.month,
        causes.cause
    from totals
    cross join causes

    union

    select month, 'all' as cause from periods where month_start_date is null

),

judged as (

    select
        keys.month,
        keys.cause,
        totals.all_missed_count,
        coalesce(counted.missed_count, case when totals.all_missed_count > 0 then 0 end) as missed_count,
        totals.controllable_count,
        totals.controllable_count + totals.uncontrollable_count as judged_control_count,
        totals.unattributed_count
    from keys
    left join totals on keys.month = totals.month
    left join counted
        on keys.month = counted.month
        and keys.cause = counted.cause

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['judged.month', 'judged.cause']) }} as miss_cause_id,
        judged.month,
        judged.cause,
        case judged.cause
            when 'all' then 'All causes'
            when 'unknown' then 'Not on record'
            else coalesce(delay_causes.delay_cause_name, judged.cause)
        end as cause_name,
        delay_causes.is_controllable,
        'Wilson 95 % (ignores that one customer may have had several)' as method,
        {{ cx_warehouse.estimate_status('judged.all_missed_count', 'periods.is_running') }} as status,
        case
            when judged.all_missed_count is null and not available.is_available then available.reason
            when judged.all_missed_count is null and not feed.is_present
                then 'nobody records when shipments arrive, so nobody can tell whether a promise was kept'
            when judged.all_missed_count is null then 'no order was missed'
            when periods.is_running and judged.all_missed_count >= 30 then 'the month is still running'
            else {{ cx_warehouse.estimate_reason('judged.all_missed_count') }}
        end as reason,
        judged.missed_count,
        judged.all_missed_count,
        judged.controllable_count,
        judged.judged_control_count,
        judged.unattributed_count,
        {{ cx_warehouse.point(cx_warehouse.ratio('judged.missed_count', 'judged.all_missed_count'), 'judged.all_missed_count') }} as share,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('judged.missed_count', 'judged.all_missed_count'), 'judged.all_missed_count') }} as share_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('judged.missed_count', 'judged.all_missed_count'), 'judged.all_missed_count') }} as share_high,
        {{ cx_warehouse.point(cx_warehouse.ratio('judged.controllable_count', 'judged.judged_control_count'), 'judged.judged_control_count') }} as controllable_share,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('judged.controllable_count', 'judged.judged_control_count'), 'judged.judged_control_count') }} as controllable_share_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('judged.controllable_count', 'judged.judged_control_count'), 'judged.judged_control_count') }} as controllable_share_high,
        {{ cx_warehouse.point(cx_warehouse.ratio('judged.unattributed_count', 'judged.all_missed_count'), 'judged.all_missed_count') }} as unattributed_share,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('judged.unattributed_count', 'judged.all_missed_count'), 'judged.all_missed_count') }} as unattributed_share_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('judged.unattributed_count', 'judged.all_missed_count'), 'judged.all_missed_count') }} as unattributed_share_high,
        periods.month_start_date
    from judged
    cross join available
    cross join feed
    inner join periods on judged.month = periods.month
    left join delay_causes on judged.cause = delay_causes.delay_cause

)

select
    miss_cause_id,
    month,
    cause,
    cause_name,
    is_controllable,
    method,
    status,
    reason,
    missed_count,
    all_missed_count,
    controllable_count,
    judged_control_count,
    unattributed_count,
    share,
    share_low,
    share_high,
    controllable_share,
    controllable_share_low,
    controllable_share_high,
    unattributed_share,
    unattributed_share_low,
    unattributed_share_high,
    month_start_date
from final
