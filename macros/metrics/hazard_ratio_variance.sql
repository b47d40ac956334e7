{#- A query: the variance of the log_hazard_ratio of hazard_ratio where people come in clusters (customers followed after
    several orders), from score residuals summed over each cluster. With one person per cluster it is Lin and Wei's.
    Arguments: `people`, a name to select from, with the columns `groups`, `stratum`, `cluster`, `time`, `is_exposed` and
    `is_event` and `last_event_time` (when it last happened to anybody of the same stratum until they left, null where it
    had not); `events`, the rows of risk_sets with `groups`, stratum and time; `spans`, pairs of times of which only what
    lies above the first, up to and with the second, is looked at (none: no bound); `estimates`, the rows of hazard_ratio
    with `groups` and span_number, the place of the span among `spans` from 1. All spans are worked out beside each other,
    so that every person is read once. One row per group and span: span_number, cluster_count (with a person who had not
    left before the span) and log_hazard_ratio_variance, with factor clusters ÷ (clusters − 1); null for fewer than two
    clusters and where there is no ratio.
    Sources: Lin, Wei (1989), Journal of the American Statistical Association 84, 1074–1078; Therneau, Grambsch (2000),
    Modeling Survival Data, 7.2 (residuals), 3.3 (ties). -#}
{% macro hazard_ratio_variance(people, events, estimates, spans, groups, stratum, cluster, time, is_exposed, is_event, last_event_time) -%}
    {{ return(adapter.dispatch('hazard_ratio_variance', 'cx_warehouse')(people, events, estimates, spans, groups, stratum, cluster, time, is_exposed, is_event, last_event_time)) }}
{%- endmacro %}

{% macro default__hazard_ratio_variance(people, events, estimates, spans, groups, stratum, cluster, time, is_exposed, is_event, last_event_time) -%}
    {%- set names = groups | join(', ') -%}
    {%- set numbers = range(1, spans | length + 1) | list -%}
    with

    hazards as (

        select
            {{ names }},
            {% for number in numbers -%}
            max(case when span_number = {{ number }} then exp(log_hazard_ratio) end) as hazard_ratio_{{ number }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ estimates }}
        group by {{ names }}

    ),

    -- Each event weighs 1 ÷ those at risk, the exposed counted by their hazard; where all are alike, nothing.
    weighed as (

        select
            {{ cx_warehouse.groups_of(groups, 'events') }}
            events.{{ stratum }},
            events.{{ time }},
            events.tie_share,
            {% for number in numbers -%}
            case
                when events.exposed_at_risk > 0 and events.unexposed_at_risk > 0 {{ cx_warehouse.and_within('events.' ~ time, spans[number - 1]) }}
                    then 1e0 / (events.exposed_at_risk * hazards.hazard_ratio_{{ number }} + events.unexposed_at_risk)
            end as weight_{{ number }},
            events.exposed_at_risk * hazards.hazard_ratio_{{ number }} as exposed_{{ number }},
            hazards.hazard_ratio_{{ number }},
            {% endfor -%}
            events.unexposed_at_risk as unexposed
        from {{ events }} as events
        inner join hazards on {{ cx_warehouse.same_groups(groups, 'events', 'hazards') }}

    ),

    -- What a time took from the residual of one exposed, gave to that of another, and what it is to those to whom it
    -- happened: they leave that time's risk set one after another, all of them or none where both kinds are at risk.
    times as (

        select
            {{ names }},
            {{ stratum }},
            {{ time }},
            {% for number in numbers -%}
            {%- set weight, exposed, hazard_ratio = 'weight_' ~ number, 'exposed_' ~ number, 'hazard_ratio_' ~ number -%}
            {{ cx_warehouse.whole_parts(hazard_ratio ~ ' * ' ~ weight ~ ' * unexposed * ' ~ weight) }} as taken_{{ number }},
            {{ cx_warehouse.whole_parts(weight ~ ' * ' ~ exposed ~ ' * ' ~ weight) }} as given_{{ number }},
            cast(
                {{ cx_warehouse.ratio(cx_warehouse.whole_parts('unexposed * ' ~ weight), 'count(*)') }}
                + {{ cx_warehouse.whole_parts('tie_share * ' ~ hazard_ratio ~ ' * ' ~ weight ~ ' * unexposed * ' ~ weight) }} as double
            ) / 1e12 as exposed_event_{{ number }},
            cast(
                -{{ cx_warehouse.ratio(cx_warehouse.whole_parts(exposed ~ ' * ' ~ weight), 'count(*)') }}
                - {{ cx_warehouse.whole_parts('tie_share * ' ~ weight ~ ' * ' ~ exposed ~ ' * ' ~ weight) }} as double
            ) / 1e12 as unexposed_event_{{ number }}{{ ',' if not loop.last }}
            {% endfor %}
        from weighed
        group by {{ names }}, {{ stratum }}, {{ time }}

    ),

    summed as (

        select
            {{ names }},
            {{ stratum }},
            {{ time }},
            {% for number in numbers -%}
            cast(sum(taken_{{ number }}) over so_far as double) / 1e12 as taken_{{ number }},
            cast(sum(given_{{ number }}) over so_far as double) / 1e12 as given_{{ number }},
            exposed_event_{{ number }},
            unexposed_event_{{ number }}{{ ',' if not loop.last }}
            {% endfor %}
        from times
        window so_far as (
            partition by {{ names }}, {{ stratum }} order by {{ time }} rows between unbounded preceding and current row
        )

    ),

    -- By the last event that each person met.
    residuals as (

        select
            {{ cx_warehouse.groups_of(groups, 'people') }}
            people.{{ cluster }},
            people.{{ time }},
            {% for number in numbers -%}
            case
                when people.{{ is_exposed }}
                    then case when people.{{ is_event }} then coalesce(summed.exposed_event_{{ number }}, 0e0) else 0e0 end
                        - coalesce(summed.taken_{{ number }}, 0e0)
                else case when people.{{ is_event }} then coalesce(summed.unexposed_event_{{ number }}, 0e0) else 0e0 end
                    + coalesce(summed.given_{{ number }}, 0e0)
            end as residual_{{ number }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ people }} as people
        left join summed
            on {{ cx_warehouse.same_groups(groups, 'people', 'summed') }}
            and people.{{ stratum }} = summed.{{ stratum }}
            and people.{{ last_event_time }} = summed.{{ time }}

    ),

    clusters as (

        select
            {{ names }},
            {{ cluster }},
            max({{ time }}) as {{ time }},
            {% for number in numbers -%}
            {{ cx_warehouse.steady_sum('residual_' ~ number) }} as residual_{{ number }}{{ ',' if not loop.last }}
            {% endfor %}
        from residuals
        group by {{ names }}, {{ cluster }}

    ),

    spread as (

        select
            {{ names }},
            {% for number in numbers -%}
            {{ cx_warehouse.count_if('true' ~ cx_warehouse.and_within(time, [spans[number - 1][0], none])) }} as cluster_count_{{ number }},
            {{ cx_warehouse.steady_sum('residual_' ~ number ~ ' * residual_' ~ number) }} as squares_{{ number }}{{ ',' if not loop.last }}
            {% endfor %}
        from clusters
        group by {{ names }}

    ),

    by_span as (

        select
            {{ cx_warehouse.groups_of(groups, 'estimates') }}
            estimates.span_number,
            estimates.information,
            {% for figure in ['cluster_count', 'squares'] -%}
            case estimates.span_number {% for number in numbers %} when {{ number }} then spread.{{ figure }}_{{ number }}{% endfor %} end as {{ figure }}
            {{- ',' if not loop.last }}
            {% endfor %}
        from {{ estimates }} as estimates
        inner join spread on {{ cx_warehouse.same_groups(groups, 'estimates', 'spread') }}
        where estimates.log_hazard_ratio is not null

    )

    select
        {{ names }},
        span_number,
        cluster_count,
        {{ cx_warehouse.ratio('squares', 'information * information') }}
        * {{ cx_warehouse.ratio('cluster_count', 'cluster_count - 1') }} as log_hazard_ratio_variance
    from by_span
{%- endmacro %}

{#- A condition to follow others: that a time lies in a span, whose bounds may be none. -#}
{% macro and_within(time, span) -%}
    {%- if span[0] is not none %} and {{ time }} > {{ span[0] }}{% endif -%}
    {%- if span[1] is not none %} and {{ time }} <= {{ span[1] }}{% endif -%}
{%- endmacro %}

{#- A sum over the events of a time that told something, in whole numbers of 1e-12: exact in every order, and far quicker
    than decimals of that length. No weight is above the number of events of one time. -#}
{% macro whole_parts(expression) -%}
    cast(sum(cast(round(1e12 * {{ expression }}) as {{ dbt.type_bigint() }})) as {{ dbt.type_bigint() }})
{%- endmacro %}
