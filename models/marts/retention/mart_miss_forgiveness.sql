-- Grain: one row per index kind × horizon.
-- A miss is forgiven when those who have not ordered again by then come back as fast as the others would. That an interval
-- holds 1 does not say so: it must also leave out what would matter.
{%- set horizons = [0, 30, 60, 90, 180, 365] %}
with

sources as (

    {{ cx_warehouse.misses_withheld() }}

),

hazards as (

    select
        hazards.*,
        case
            when log_hazard_ratio_variance > 0 then least(exposed_customer_count, unexposed_customer_count, matched_reordered_count)
            else 0
        end as fewer_count,
        least(exposed_customer_count, unexposed_customer_count, matched_reordered_count) as compared_count,
        exp(log_hazard_ratio) as hazard_ratio,
        exp(log_hazard_ratio - {{ cx_warehouse.z_95() }} * sqrt(log_hazard_ratio_variance)) as hazard_ratio_low,
        exp(log_hazard_ratio + {{ cx_warehouse.z_95() }} * sqrt(log_hazard_ratio_variance)) as hazard_ratio_high
    from {{ ref('int_hazards_compared') }} as hazards
    where comparison = 'missed_and_kept'

),

assumed as (

    select base as forgiven_hazard_ratio from {{ ref('ref_assumptions') }} where assumption = 'forgiven_hazard_ratio'

),

cells as (

    select index_kinds.index_kind, horizons.from_days, horizons.horizon_days
    from (select 'first_order' as index_kind union all select 'every_order' as index_kind) as index_kinds
    cross join (
        {% for horizon in horizons[1:] -%}
        select {{ horizons[loop.index0] }} as from_days, {{ horizon }} as horizon_days
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as horizons

),

joined as (

    select
        cells.index_kind,
        cells.from_days,
        cells.horizon_days,
        sources.withheld_reason,
        assumed.forgiven_hazard_ratio,
        {% for column in ['exposed_count', 'unexposed_count', 'exposed_reordered_count', 'unexposed_reordered_count'] -%}
        case when sources.is_countable then coalesce(later.{{ column }}, 0) end as later_{{ column }},
        {% endfor -%}
        later.compared_count as later_compared_count,
        {% for span in ['span', 'until', 'later'] -%}
        case when sources.withheld_reason is null then coalesce({{ span }}.fewer_count, 0) end as {{ span }}_fewer_count,
        {{ span }}.hazard_ratio as {{ span }}_hazard_ratio,
        {{ span }}.hazard_ratio_low as {{ span }}_hazard_ratio_low,
        {{ span }}.hazard_ratio_high as {{ span }}_hazard_ratio_high{{ ',' if not loop.last }}
        {% endfor %}
    from cells
    cross join sources
    cross join assumed
    left join hazards as span
        on cells.index_kind = span.index_kind and cells.from_days = span.from_days and cells.horizon_days = span.to_days
    left join hazards as until
        on cells.index_kind = until.index_kind and until.from_days = 0 and cells.horizon_days = until.to_days
    left join hazards as later
        on cells.index_kind = later.index_kind and cells.horizon_days = later.from_days and later.to_days is null

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['index_kind', 'horizon_days']) }} as miss_forgiveness_id,
        index_kind,
        case index_kind
            when 'first_order' then 'Cox regression of those not back yet, a baseline per stratum of orders alike at the landmark; 95 %, each customer once'
            else 'Cox regression of those not back yet, a baseline per stratum of orders alike at the landmark; 95 %, clustered by customer'
        end as method,
        'C' as grade,
        {{ cx_warehouse.estimate_status('later_fewer_count', 'false') }} as status,
        coalesce(
            withheld_reason,
            case
                when later_fewer_count = 0 and later_compared_count >= {{ cx_warehouse.fewest_for_interval() }}
                    then 'while both were followed only one of the two came back, so there is no ratio'
            end,
            {{ cx_warehouse.estimate_reason('later_fewer_count') }}
        ) as reason,
        case
            when withheld_reason is not null or later_fewer_count < {{ cx_warehouse.fewest_for_interval() }} then 'not_enough_evidence'
            when later_hazard_ratio_high < 1 then 'lasting'
            when
                until_fewer_count >= {{ cx_warehouse.fewest_for_interval() }}
                and until_hazard_ratio_high < 1
                and later_hazard_ratio_low >= forgiven_hazard_ratio
                then 'forgiven'
            else 'not_enough_evidence'
        end as verdict,
        cast(from_days as {{ dbt.type_bigint() }}) as from_days,
        cast(horizon_days as {{ dbt.type_bigint() }}) as horizon_days,
        cast(later_exposed_count as {{ dbt.type_bigint() }}) as later_missed_order_count,
        cast(later_unexposed_count as {{ dbt.type_bigint() }}) as later_kept_order_count,
        cast(later_exposed_reordered_count as {{ dbt.type_bigint() }}) as later_missed_reordered_count,
        cast(later_unexposed_reordered_count as {{ dbt.type_bigint() }}) as later_kept_reordered_count,
        {% for span in ['span', 'until', 'later'] -%}
        {{ cx_warehouse.point(span ~ '_hazard_ratio', span ~ '_fewer_count') }} as {{ span }}_hazard_ratio,
        {{ cx_warehouse.bound(span ~ '_hazard_ratio_low', span ~ '_fewer_count') }} as {{ span }}_hazard_ratio_low,
        {{ cx_warehouse.bound(span ~ '_hazard_ratio_high', span ~ '_fewer_count') }} as {{ span }}_hazard_ratio_high,
        {% endfor -%}
        cast(forgiven_hazard_ratio as double) as forgiven_hazard_ratio
    from joined

)

select
    miss_forgiveness_id,
    index_kind,
    method,
    grade,
    status,
    reason,
    verdict,
    from_days,
    horizon_days,
    later_missed_order_count,
    later_kept_order_count,
    later_missed_reordered_count,
    later_kept_reordered_count,
    {% for span in ['span', 'until', 'later'] -%}
    {{ span }}_hazard_ratio,
    {{ span }}_hazard_ratio_low,
    {{ span }}_hazard_ratio_high,
    {% endfor -%}
    forgiven_hazard_ratio
from final
