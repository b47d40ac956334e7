{#- A query: the variance of the log_hazard_ratio of hazard_ratio where people come in clusters (customers followed after
    several orders), from score residuals summed over each cluster. With one person per cluster it is Lin and Wei's.
    Arguments: `people`, a name to select from, with the columns `groups`, `stratum`, `cluster`, `time`, `is_exposed` and
    `is_event` (whether it happened, within what is looked at); `events`, the rows of risk_sets with `groups`, stratum and
    time; `estimates`, the rows of hazard_ratio with `groups`. One row per group: cluster_count and
    log_hazard_ratio_variance, with factor clusters ÷ (clusters − 1); null for fewer than two clusters.
    Sources: Lin, Wei (1989), Journal of the American Statistical Association 84, 1074–1078; Therneau, Grambsch (2000),
    Modeling Survival Data, 7.2 (residuals), 3.3 (ties). -#}
{% macro hazard_ratio_variance(people, events, estimates, groups, stratum, cluster, time, is_exposed, is_event) -%}
    {{ return(adapter.dispatch('hazard_ratio_variance', 'cx_warehouse')(people, events, estimates, groups, stratum, cluster, time, is_exposed, is_event)) }}
{%- endmacro %}

{% macro default__hazard_ratio_variance(people, events, estimates, groups, stratum, cluster, time, is_exposed, is_event) -%}
    {%- set names = groups | join(', ') -%}
    {%- set so_far = 'over (partition by ' ~ names ~ ', ' ~ stratum ~ ' order by ' ~ time ~ ', row_kind rows between unbounded preceding and current row)' -%}
    with

    -- Each event weighs 1 ÷ those at risk, the exposed counted by their hazard.
    weighed as (

        select
            {{ cx_warehouse.groups_of(groups, 'events') }}
            events.{{ stratum }},
            events.{{ time }},
            events.tie_share,
            {{ cx_warehouse.ratio('1', 'events.exposed_at_risk * exp(estimates.log_hazard_ratio) + events.unexposed_at_risk') }} as weight,
            {{ cx_warehouse.ratio('events.exposed_at_risk * exp(estimates.log_hazard_ratio)', 'events.exposed_at_risk * exp(estimates.log_hazard_ratio) + events.unexposed_at_risk') }} as exposed_part
        from {{ events }} as events
        inner join {{ estimates }} as estimates on {{ cx_warehouse.same_groups(groups, 'events', 'estimates') }}
        where events.exposed_at_risk > 0 and events.unexposed_at_risk > 0 and estimates.log_hazard_ratio is not null

    ),

    times as (

        select
            {{ names }},
            {{ stratum }},
            {{ time }},
            sum(cast(weight as numeric(38, 18))) as weight,
            sum(cast(weight * exposed_part as numeric(38, 18))) as exposed_weight,
            -- Those to whom it happened at one time leave that time's risk set one after another.
            cast(sum(cast(weight * tie_share as numeric(38, 18))) as double) as tie_weight,
            cast(sum(cast(weight * tie_share * exposed_part as numeric(38, 18))) as double) as tie_exposed_weight,
            {{ cx_warehouse.steady_avg('exposed_part') }} as exposed_part
        from weighed
        group by {{ names }}, {{ stratum }}, {{ time }}

    ),

    -- In one line of time, so that each person meets the sum of what happened until they left.
    lined_up as (

        select {{ names }}, {{ stratum }}, {{ time }}, 0 as row_kind, weight, exposed_weight,
            cast(null as {{ dbt.type_string() }}) as {{ cluster }}, cast(null as boolean) as {{ is_exposed }}, cast(null as boolean) as {{ is_event }}
        from times

        union all

        select {{ names }}, {{ stratum }}, {{ time }}, 1 as row_kind,
            cast(0 as numeric(38, 18)) as weight, cast(0 as numeric(38, 18)) as exposed_weight,
            {{ cluster }}, {{ is_exposed }}, {{ is_event }}
        from {{ people }}

    ),

    summed as (

        select
            lined_up.*,
            -- A time of its own for the join, which a condition on one side would turn into a comparison of all with all.
            case when {{ is_event }} then {{ time }} end as event_time,
            cast(sum(weight) {{ so_far }} as double) as weight_so_far,
            cast(sum(exposed_weight) {{ so_far }} as double) as exposed_weight_so_far
        from lined_up

    ),

    residuals as (

        select
            {{ cx_warehouse.groups_of(groups, 'summed') }}
            summed.{{ cluster }},
            case
                when times.exposed_part is null then 0e0
                when summed.{{ is_exposed }} then 1e0 - times.exposed_part
                else -times.exposed_part
            end
            - case
                when summed.{{ is_exposed }}
                    then exp(estimates.log_hazard_ratio) * (
                        summed.weight_so_far - coalesce(times.tie_weight, 0e0)
                        - (summed.exposed_weight_so_far - coalesce(times.tie_exposed_weight, 0e0))
                    )
                else -(summed.exposed_weight_so_far - coalesce(times.tie_exposed_weight, 0e0))
            end as residual
        from summed
        inner join {{ estimates }} as estimates on {{ cx_warehouse.same_groups(groups, 'summed', 'estimates') }}
        left join times
            on {{ cx_warehouse.same_groups(groups, 'summed', 'times') }}
            and summed.{{ stratum }} = times.{{ stratum }}
            and summed.event_time = times.{{ time }}
        where summed.row_kind = 1 and estimates.log_hazard_ratio is not null

    ),

    clusters as (

        select {{ names }}, {{ cluster }}, {{ cx_warehouse.steady_sum('residual') }} as residual
        from residuals
        group by {{ names }}, {{ cluster }}

    ),

    spread as (

        select {{ names }}, count(*) as cluster_count, {{ cx_warehouse.steady_sum('residual * residual') }} as squares
        from clusters
        group by {{ names }}

    )

    select
        {{ cx_warehouse.groups_of(groups, 'spread') }}
        spread.cluster_count,
        {{ cx_warehouse.ratio('spread.squares', 'estimates.information * estimates.information') }}
        * {{ cx_warehouse.ratio('spread.cluster_count', 'spread.cluster_count - 1') }} as log_hazard_ratio_variance
    from spread
    inner join {{ estimates }} as estimates on {{ cx_warehouse.same_groups(groups, 'spread', 'estimates') }}
{%- endmacro %}
