{#- A query: the variance of the log_hazard_ratio of hazard_ratio where people come in clusters (customers followed after
    several orders), from score residuals summed over each cluster. With one person per cluster it is Lin and Wei's.
    Arguments: `people`, a name to select from, with the columns `groups`, `stratum`, `cluster`, `time`, `is_exposed` and
    `is_event` (whether it happened, within what is looked at) and `last_event_time` (when it last happened to anybody of the
    same stratum until they left, null where it had not); `events`, the rows of risk_sets with `groups`, stratum and
    time; `estimates`, the rows of hazard_ratio with `groups`. One row per group: cluster_count and
    log_hazard_ratio_variance, with factor clusters ÷ (clusters − 1); null for fewer than two clusters.
    Sources: Lin, Wei (1989), Journal of the American Statistical Association 84, 1074–1078; Therneau, Grambsch (2000),
    Modeling Survival Data, 7.2 (residuals), 3.3 (ties). -#}
{% macro hazard_ratio_variance(people, events, estimates, groups, stratum, cluster, time, is_exposed, is_event, last_event_time) -%}
    {{ return(adapter.dispatch('hazard_ratio_variance', 'cx_warehouse')(people, events, estimates, groups, stratum, cluster, time, is_exposed, is_event, last_event_time)) }}
{%- endmacro %}

{% macro default__hazard_ratio_variance(people, events, estimates, groups, stratum, cluster, time, is_exposed, is_event, last_event_time) -%}
    {%- set names = groups | join(', ') -%}
    with

    -- Each event weighs 1 ÷ those at risk, the exposed counted by their hazard; where all are alike, nothing.
    weighed as (

        select
            {{ cx_warehouse.groups_of(groups, 'events') }}
            events.{{ stratum }},
            events.{{ time }},
            events.tie_share,
            events.exposed_at_risk > 0 and events.unexposed_at_risk > 0 as is_told,
            {{ cx_warehouse.ratio('1', 'events.exposed_at_risk * exp(estimates.log_hazard_ratio) + events.unexposed_at_risk') }} as weight,
            {{ cx_warehouse.ratio('events.exposed_at_risk * exp(estimates.log_hazard_ratio)', 'events.exposed_at_risk * exp(estimates.log_hazard_ratio) + events.unexposed_at_risk') }} as exposed_part
        from {{ events }} as events
        inner join {{ estimates }} as estimates on {{ cx_warehouse.same_groups(groups, 'events', 'estimates') }}
        where estimates.log_hazard_ratio is not null

    ),

    times as (

        select
            {{ names }},
            {{ stratum }},
            {{ time }},
            {{ cx_warehouse.whole_parts('weight') }} as weight,
            {{ cx_warehouse.whole_parts('weight * exposed_part') }} as exposed_weight,
            -- Those to whom it happened at one time leave that time's risk set one after another.
            {{ cx_warehouse.whole_parts('weight * tie_share') }} as tie_weight,
            {{ cx_warehouse.whole_parts('weight * tie_share * exposed_part') }} as tie_exposed_weight,
            {{ cx_warehouse.steady_avg('case when is_told then exposed_part end') }} as exposed_part
        from weighed
        group by {{ names }}, {{ stratum }}, {{ time }}

    ),

    summed as (

        select
            {{ names }},
            {{ stratum }},
            {{ time }},
            cast(sum(weight) over so_far as double) / 1e12 as weight_so_far,
            cast(sum(exposed_weight) over so_far as double) / 1e12 as exposed_weight_so_far,
            cast(tie_weight as double) / 1e12 as tie_weight,
            cast(tie_exposed_weight as double) / 1e12 as tie_exposed_weight,
            exposed_part
        from times
        window so_far as (
            partition by {{ names }}, {{ stratum }} order by {{ time }} rows between unbounded preceding and current row
        )

    ),

    last_times as (

        select {{ names }}, {{ stratum }}, max({{ time }}) as last_time
        from times
        group by {{ names }}, {{ stratum }}

    ),

    -- The last event that each person met.
    met as (

        select
            {{ cx_warehouse.groups_of(groups, 'people') }}
            people.{{ stratum }},
            people.{{ cluster }},
            people.{{ is_exposed }},
            people.{{ is_event }},
            case
                when people.{{ last_event_time }} <= last_times.last_time then people.{{ last_event_time }}
                when people.{{ last_event_time }} > last_times.last_time then last_times.last_time
            end as met_time,
            exp(estimates.log_hazard_ratio) as hazard_ratio
        from {{ people }} as people
        inner join {{ estimates }} as estimates on {{ cx_warehouse.same_groups(groups, 'people', 'estimates') }}
        left join last_times
            on {{ cx_warehouse.same_groups(groups, 'people', 'last_times') }}
            and people.{{ stratum }} = last_times.{{ stratum }}
        where estimates.log_hazard_ratio is not null

    ),

    residuals as (

        select
            {{ cx_warehouse.groups_of(groups, 'met') }}
            met.{{ cluster }},
            case
                when summed.exposed_part is null or not met.{{ is_event }} then 0e0
                when met.{{ is_exposed }} then 1e0 - summed.exposed_part
                else -summed.exposed_part
            end
            - case
                when summed.weight_so_far is null then 0e0
                when met.{{ is_exposed }}
                    then met.hazard_ratio * (
                        summed.weight_so_far - summed.exposed_weight_so_far
                        - case when met.{{ is_event }} then summed.tie_weight - summed.tie_exposed_weight else 0e0 end
                    )
                else -(summed.exposed_weight_so_far - case when met.{{ is_event }} then summed.tie_exposed_weight else 0e0 end)
            end as residual
        from met
        left join summed
            on {{ cx_warehouse.same_groups(groups, 'met', 'summed') }}
            and met.{{ stratum }} = summed.{{ stratum }}
            and met.met_time = summed.{{ time }}

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

{#- A sum over the events of a time that told something, in whole numbers of 1e-12: exact in every order, and far quicker
    than decimals of that length. No weight is above the number of events of one time. -#}
{% macro whole_parts(expression) -%}
    cast(sum(case when is_told then cast(round(1e12 * {{ expression }}) as {{ dbt.type_bigint() }}) else 0 end) as {{ dbt.type_bigint() }})
{%- endmacro %}
