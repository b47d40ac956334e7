-- Grain: one row per channel × region × minute of waiting; `all` is the roll-up of channel and of region.
-- Whoever was served might have gone on waiting, so their wait is a lower bound of their patience: they are censored, not
-- left out. The waits of those who gave up are the short ones, and their median says nothing about patience.
{%- set moods = ['tense', 'agitated', 'angry', 'gone'] %}
{%- set fewest_at_risk = 10 %}
with

contacts as (

    select
        wait_outcome,
        {{ cx_warehouse.dimension('channel') }} as channel,
        {{ cx_warehouse.dimension('region') }} as region,
        -- Who still waits has waited until the feed of contacts ends.
        case
            when wait_outcome = 'open'
                then {{ cx_warehouse.seconds_between('opened_at', cx_warehouse.observed_until('crm.contacts')) }} / 60.0
            else wait_minutes
        end as waited_minutes
    from {{ ref('fct_contacts') }}

),

assumptions as (

    select
        {% for mood in moods -%}
        max(case when assumption = 'patience_{{ mood }}_share' then base end) as {{ mood }}_share
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ ref('ref_assumptions') }}

),

sources as (

    select {{ cx_warehouse.is_present('crm.contacts') }} as has_contacts

),

-- Where nobody was ever seen to give up, giving up is not recorded, and a flat curve would call customers patient.
channels as (

    select channel, max(case when wait_outcome = 'abandoned' then 1 else 0 end) = 1 as is_recorded
    from contacts
    group by channel

),

waits as (

    select
        contacts.channel,
        contacts.region,
        contacts.wait_outcome,
        contacts.wait_outcome = 'abandoned' as is_abandoned,
        case when contacts.waited_minutes >= 0 then cast(contacts.waited_minutes as double) end as waited_minutes
    from contacts
    inner join channels on contacts.channel = channels.channel and channels.is_recorded

),

roll_ups as (

    select false as is_rolled_up
    union all
    select true as is_rolled_up

),

rolled_up as (

    select
        case when over_channels.is_rolled_up then 'all' else waits.channel end as channel,
        case when over_regions.is_rolled_up then 'all' else waits.region end as region,
        waits.wait_outcome,
        waits.is_abandoned,
        waits.waited_minutes
    from waits
    cross join roll_ups as over_channels
    cross join roll_ups as over_regions

),

curves as (

    {{ cx_warehouse.kaplan_meier('rolled_up', ['channel', 'region'], 'waited_minutes', 'is_abandoned') }}

),

counted as (

    select
        channel,
        region,
        count(waited_minutes) as wait_count,
        {{ cx_warehouse.count_if("waited_minutes is not null and wait_outcome = 'abandoned'") }} as abandoned_count,
        {{ cx_warehouse.count_if("waited_minutes is not null and wait_outcome = 'served'") }} as served_count,
        {{ cx_warehouse.count_if("waited_minutes is not null and wait_outcome = 'open'") }} as waiting_count,
        {{ cx_warehouse.count_if('waited_minutes is null') }} as unmeasured_count
    from rolled_up
    group by channel, region

),

-- Where few still wait the curve hangs on single people.
quantiles as (

    select
        curves.channel,
        curves.region,
        {{ cx_warehouse.curve_quantile('curves.waited_minutes', 'curves.survival_rate', '0.5e0') }} as median_minutes,
        {{ cx_warehouse.curve_quantile('curves.waited_minutes', 'curves.survival_rate_low', '0.5e0') }} as median_minutes_low,
        {{ cx_warehouse.curve_quantile('curves.waited_minutes', 'curves.survival_rate_high', '0.5e0') }} as median_minutes_high,
        {% for mood in moods -%}
        {%- set share = 'assumptions.' ~ mood ~ '_share' -%}
        {{ cx_warehouse.curve_quantile('curves.waited_minutes', 'curves.survival_rate', share) }} as {{ mood }}_minutes,
        {{ cx_warehouse.curve_quantile('curves.waited_minutes', 'curves.survival_rate_low', share) }} as {{ mood }}_minutes_low,
        {{ cx_warehouse.curve_quantile('curves.waited_minutes', 'curves.survival_rate_high', share) }} as {{ mood }}_minutes_high
        {{- ',' if not loop.last }}
        {% endfor %}
    from curves
    cross join assumptions
    where curves.at_risk_count >= {{ fewest_at_risk }}
    group by curves.channel, curves.region

),

digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Four hours by the minute: longer waits are those of letters, not of lines.
minutes as (

    select ones.digit + 10 * tens.digit + 100 * hundreds.digit as minute
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    where ones.digit + 10 * tens.digit + 100 * hundreds.digit <= 240

),

on_the_minute as (

    {{ cx_warehouse.curve_by_step('counted', 'minutes', 'curves', ['channel', 'region'], 'minute', 'waited_minutes', 'wait_count') }}

),

-- What cannot be estimated says so in one row, at minute 0.
cells as (

    select channel, region, minute from on_the_minute
    where minute = 0 or at_risk_count >= {{ fewest_at_risk }}

    union all

    select channel, 'all' as region, 0 as minute from channels where not is_recorded

    union all

    select 'all' as channel, 'all' as region, 0 as minute from sources
    where not exists (select 1 from counted)

),

estimated as (

    select
        cells.channel,
        cells.region,
        cells.minute,
        case
            when not sources.has_contacts then 'source crm.contacts is absent'
            when counted.channel is null then 'nobody on record gave up waiting'
        end as withheld_reason,
        counted.wait_count,
        counted.abandoned_count,
        counted.served_count,
        counted.waiting_count,
        counted.unmeasured_count,
        on_the_minute.at_risk_count,
        on_the_minute.survival_rate,
        on_the_minute.survival_rate_low,
        on_the_minute.survival_rate_high,
        quantiles.median_minutes,
        quantiles.median_minutes_low,
        quantiles.median_minutes_high,
        {% for mood in moods -%}
        quantiles.{{ mood }}_minutes,
        quantiles.{{ mood }}_minutes_low,
        quantiles.{{ mood }}_minutes_high{{ ',' if not loop.last }}
        {% endfor %}
    from cells
    cross join sources
    left join counted on cells.channel = counted.channel and cells.region = counted.region
    left join quantiles on cells.channel = quantiles.channel and cells.region = quantiles.region
    left join on_the_minute
        on cells.channel = on_the_minute.channel
        and cells.region = on_the_minute.region
        and cells.minute = on_the_minute.minute

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['channel', 'region', 'minute']) }} as patience_id,
        channel,
        region,
        cast(minute as {{ dbt.type_bigint() }}) as minute,
        'Kaplan–Meier, served is censored; 95 % band of log(−log) with Greenwood''s variance; clustering by customer ignored' as method,
        {{ cx_warehouse.estimate_status('wait_count', 'false') }} as status,
        coalesce(withheld_reason, {{ cx_warehouse.estimate_reason('wait_count') }}) as reason,
        cast(wait_count as {{ dbt.type_bigint() }}) as wait_count,
        cast(abandoned_count as {{ dbt.type_bigint() }}) as abandoned_count,
        cast(served_count as {{ dbt.type_bigint() }}) as served_count,
        cast(waiting_count as {{ dbt.type_bigint() }}) as waiting_count,
        cast(unmeasured_count as {{ dbt.type_bigint() }}) as unmeasured_count,
        cast(at_risk_count as {{ dbt.type_bigint() }}) as at_risk_count,
        {{ cx_warehouse.point('survival_rate', 'wait_count') }} as survival_rate,
        {{ cx_warehouse.bound('survival_rate_low', 'wait_count') }} as survival_rate_low,
        {{ cx_warehouse.bound('survival_rate_high', 'wait_count') }} as survival_rate_high,
        {{ cx_warehouse.point('median_minutes', 'wait_count') }} as median_minutes,
        {{ cx_warehouse.bound('median_minutes_low', 'wait_count') }} as median_minutes_low,
        {{ cx_warehouse.bound('median_minutes_high', 'wait_count') }} as median_minutes_high,
        {% for mood in moods -%}
        {{ cx_warehouse.point(mood ~ '_minutes', 'wait_count') }} as {{ mood }}_minutes,
        {{ cx_warehouse.bound(mood ~ '_minutes_low', 'wait_count') }} as {{ mood }}_minutes_low,
        {{ cx_warehouse.bound(mood ~ '_minutes_high', 'wait_count') }} as {{ mood }}_minutes_high{{ ',' if not loop.last }}
        {% endfor %}
    from estimated

)

select
    patience_id,
    channel,
    region,
    minute,
    method,
    status,
    reason,
    wait_count,
    abandoned_count,
    served_count,
    waiting_count,
    unmeasured_count,
    at_risk_count,
    survival_rate,
    survival_rate_low,
    survival_rate_high,
    median_minutes,
    median_minutes_low,
    median_minutes_high,
    {% for mood in moods -%}
    {{ mood }}_minutes,
    {{ mood }}_minutes_low,
    {{ mood }}_minutes_high{{ ',' if not loop.last }}
    {% endfor %}
from final
