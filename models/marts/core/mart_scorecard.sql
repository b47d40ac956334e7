-- Grain: one row per month × metric; months are 'YYYY-MM', 'last_12_months' and 'all'.
-- Every metric that the registry puts on the board has its totals here, if only to say why there is no number.
{%- set start_month = var('cx_fiscal_year_start_month', 1) %}
with

metrics as (

    select * from {{ ref('dim_metrics') }} where board_area is not null

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

available as (

    select * from {{ ref('int_metrics_available') }}

),

reliability as (

    select *
    from {{ ref('mart_promise_reliability') }}
    where
        promise_version = 'first'
        and touchpoint = 'all' and segment = 'all' and region = 'all' and service_level = 'all'

),

survey_scores as (

    select * from {{ ref('mart_survey_scores') }} where touchpoint = 'all' and segment = 'all' and scale = 'all'

),

scales as (

    select month, question_kind as metric_id, min(scale) as scale
    from {{ ref('mart_survey_scores') }}
    where touchpoint = 'all' and segment = 'all' and scale <> 'all' and answer_count > 0
    group by month, question_kind

),

contacted as (

    select * from {{ ref('int_orders_contacted') }}

),

costed as (

    select * from {{ ref('int_orders_costed') }}

),

retained as (

    select * from {{ ref('int_customers_retained') }}

),

prevalence as (

    select * from {{ ref('mart_gap_prevalence') }} where metric_id = 'great_cx_rate'

),

-- The return is that of all initiatives over their whole life, so every total shows the same.
ledger as (

    select * from {{ ref('mart_roi_ledger') }} where initiative_id = 'all' and scenario = 'base'

),

observed as (

    {{ cx_warehouse.serving_observed() }}

),

unpriced as (

    -- An order whose own currency nobody can convert is one of those that the cost is per: what it took came in that currency.
    {{ cx_warehouse.unpriced_currencies(['fulfilment.orders', 'crm.contacts', 'fulfilment.shipments', 'fulfilment.adjustments']) }}

),

measured as (

    select
        month, 'kept_rate' as metric_id, method, kept_rate as value, kept_rate_low as value_low,
        kept_rate_high as value_high, due_count as observation_count, status, reason
    from reliability

    union all

    select
        month, 'miss_rate' as metric_id, method, missed_rate as value, missed_rate_low as value_low,
        missed_rate_high as value_high, due_count as observation_count, status, reason
    from reliability

    union all

    select
        reliability.month,
        'gap_days' as metric_id,
        reliability.method,
        reliability.gap_days_mean as value,
        reliability.gap_days_mean_low as value_low,
        reliability.gap_days_mean_high as value_high,
        reliability.delivered_count as observation_count,
        {{ cx_warehouse.estimate_status('reliability.delivered_count', 'periods.is_running') }} as status,
        case
            when coalesce(reliability.delivered_count, 0) = 0 then coalesce(reliability.reason, 'nothing promised was delivered')
            else {{ cx_warehouse.estimate_reason('reliability.delivered_count') }}
        end as reason
    from reliability
    inner join periods on reliability.month = periods.month

    union all

    select
        month, question_kind as metric_id, method, score as value, score_low as value_low,
        score_high as value_high, answer_count as observation_count, status, reason
    from survey_scores

    union all

    select
        contacted.month,
        'contact_rate' as metric_id,
        'Wilson 95 % (ignores that a customer may place several orders)' as method,
        {{ cx_warehouse.point(cx_warehouse.ratio('contacted.contacted_count', 'contacted.order_count'), 'contacted.order_count') }} as value,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('contacted.contacted_count', 'contacted.order_count'), 'contacted.order_count') }} as value_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('contacted.contacted_count', 'contacted.order_count'), 'contacted.order_count') }} as value_high,
        contacted.order_count as observation_count,
        {{ cx_warehouse.estimate_status('contacted.order_count', '(periods.is_running or observed.contacts_reason is not null)') }} as status,
        coalesce({{ cx_warehouse.estimate_reason('contacted.order_count') }}, observed.contacts_reason) as reason
    from contacted
    inner join periods on contacted.month = periods.month
    inner join observed on contacted.month = observed.month

    union all

    select
        costed.month,
        'cost_per_order' as metric_id,
        'Mean over orders, Student t 95 % clustered by customer' as method,
        case when unpriced.currencies is null and costed.cost_low is not null then {{ cx_warehouse.point('costed.cost_mean', 'costed.order_count') }} end as value,
        case when unpriced.currencies is null then {{ cx_warehouse.bound('costed.cost_low', 'costed.order_count') }} end as value_low,
        case when unpriced.currencies is null then {{ cx_warehouse.bound('costed.cost_high', 'costed.order_count') }} end as value_high,
        costed.order_count as observation_count,
        case
            when unpriced.currencies is not null or costed.cost_low is null then 'withheld'
            else {{ cx_warehouse.estimate_status('costed.order_count', '(periods.is_running or observed.cost_reason is not null)') }}
        end as status,
        case
            when unpriced.currencies is not null then concat('no rate in fx_rates for ', unpriced.currencies)
            when costed.order_count = 0 then concat('cost not on record for any of ', cast(costed.unknown_count as {{ dbt.type_string() }}), ' delivered orders')
            when costed.order_count >= {{ cx_warehouse.fewest_for_interval() }} and costed.cost_low is null then 'orders of one customer only: no interval'
            else coalesce({{ cx_warehouse.estimate_reason('costed.order_count') }}, observed.cost_reason)
        end as reason
    from costed
    inner join periods on costed.month = periods.month
    inner join observed on costed.month = observed.month
    cross join unpriced

    union all

    select
        retained.month,
        'retention_90d' as metric_id,
        'Wilson 95 %; one row per customer' as method,
        {{ cx_warehouse.point(cx_warehouse.ratio('retained.retained_count', 'retained.customer_count'), 'retained.customer_count') }} as value,
        {{ cx_warehouse.bound(cx_warehouse.wilson_low('retained.retained_count', 'retained.customer_count'), 'retained.customer_count') }} as value_low,
        {{ cx_warehouse.bound(cx_warehouse.wilson_high('retained.retained_count', 'retained.customer_count'), 'retained.customer_count') }} as value_high,
        retained.customer_count as observation_count,
        -- A month of which some customers have not been followed for 90 days yet will still change.
        {{ cx_warehouse.estimate_status('retained.customer_count', "retained.not_matured_count > 0 and periods.month_start_date is not null") }} as status,
        case
            when retained.customer_count = 0 and retained.not_matured_count > 0 then 'not followed for 90 days yet'
            when retained.customer_count >= {{ cx_warehouse.fewest_for_point() }} and retained.not_matured_count > 0 and periods.month_start_date is not null
                then 'not all followed for 90 days yet'
            else {{ cx_warehouse.estimate_reason('retained.customer_count') }}
        end as reason
    from retained
    inner join periods on retained.month = periods.month

    union all

    select
        month, metric_id, method, rate as value, rate_low as value_low, rate_high as value_high,
        observation_count, status, reason
    from prevalence

    union all

    select
        periods.month,
        'roi' as metric_id,
        ledger.method,
        case when ledger.roi_low is not null then ledger.roi end as value,
        ledger.roi_low as value_low,
        ledger.roi_high as value_high,
        ledger.customer_month_count as observation_count,
        case when ledger.roi_low is null then 'withheld' else ledger.status end as status,
        coalesce(ledger.reason, case when ledger.roi_low is null then 'no return with an interval' end) as reason
    from ledger
    cross join periods
    where periods.month_start_date is null

),

-- The totals of every metric, and whatever else was measured.
keys as (

    select metrics.metric_id, periods.month
    from metrics
    cross join periods
    where periods.month_start_date is null

    union

    select metric_id, month from measured

),

judged as (

    select
        keys.month,
        keys.metric_id,
        metrics.metric_name,
        metrics.board_area,
        metrics.unit,
        metrics.direction,
        measured.method,
        case when not available.is_available then 'withheld' else coalesce(measured.status, 'withheld') end as status,
        case
            when not available.is_available then available.reason
            when measured.metric_id is null then 'nothing to measure in this period'
            when measured.status = 'provisional' then coalesce(measured.reason, 'the period is still running')
            else measured.reason
        end as reason,
        case when available.is_available then coalesce(measured.observation_count, 0) end as observation_count,
        case when available.is_available then measured.value end as value,
        case when available.is_available then measured.value_low end as value_low,
        case when available.is_available then measured.value_high end as value_high,
        metrics.target,
        scales.scale,
        periods.month_start_date,
        -- A fiscal year goes by the calendar year in which it ends.
        cast(extract(year from periods.month_start_date) as integer)
            + case
                when {{ start_month }} > 1 and extract(month from periods.month_start_date) >= {{ start_month }} then 1 else 0
            end as fiscal_year,
        mod(cast(extract(month from periods.month_start_date) as integer) - {{ start_month }} + 12, 12) + 1 as fiscal_month
    from keys
    inner join metrics on keys.metric_id = metrics.metric_id
    inner join periods on keys.month = periods.month
    inner join available on keys.metric_id = available.metric_id
    left join measured on keys.metric_id = measured.metric_id and keys.month = measured.month
    left join scales on keys.metric_id = scales.metric_id and keys.month = scales.month

),

-- What changed from one scale to another is no change: scales are never mixed.
final as (

    select
        {{ cx_warehouse.surrogate_key(['judged.month', 'judged.metric_id']) }} as scorecard_id,
        judged.month,
        judged.metric_id,
        judged.metric_name,
        judged.board_area,
        judged.unit,
        judged.direction,
        judged.method,
        judged.status,
        judged.reason,
        case when judged.month_start_date is not null then judged.fiscal_year end as fiscal_year,
        judged.fiscal_month,
        judged.observation_count,
        judged.value,
        judged.value_low,
        judged.value_high,
        judged.target,
        judged.value - month_before.value as change_on_month,
        judged.value - year_before.value as change_on_year,
        case judged.direction
            when 'up' then judged.value >= judged.target
            when 'down' then judged.value <= judged.target
        end as is_on_target,
        judged.month_start_date
    from judged
    left join judged as month_before
        on judged.metric_id = month_before.metric_id
        and coalesce(judged.scale, '') = coalesce(month_before.scale, '')
        and month_before.month_start_date = {{ cx_warehouse.add_months('judged.month_start_date', -1) }}
    left join judged as year_before
        on judged.metric_id = year_before.metric_id
        and coalesce(judged.scale, '') = coalesce(year_before.scale, '')
        and year_before.month_start_date = {{ cx_warehouse.add_months('judged.month_start_date', -12) }}

)

select
    scorecard_id,
    month,
    metric_id,
    metric_name,
    board_area,
    unit,
    direction,
    method,
    status,
    reason,
    cast(fiscal_year as integer) as fiscal_year,
    cast(fiscal_month as integer) as fiscal_month,
    cast(observation_count as {{ dbt.type_bigint() }}) as observation_count,
    cast(value as double) as value,
    cast(value_low as double) as value_low,
    cast(value_high as double) as value_high,
    target,
    cast(change_on_month as double) as change_on_month,
    cast(change_on_year as double) as change_on_year,
    is_on_target,
    month_start_date
from final
