{#- A query: the logarithm of the hazard ratio of the exposed to the others by Cox's partial likelihood, stratified, with
    Efron's treatment of ties, from the rows of risk_sets.
    Arguments: `relation`, a name to select from; `groups`, columns whose values are estimated apart, without the strata.
    One row per group: event_count, exposed_event_count, log_hazard_ratio, information (1 ÷ its variance, each person
    independent), score_chi_square (the stratified log-rank test, ties as Efron's). Newton's method from 0 with a fixed number
    of steps, each at most 2 long, most of them over events taken together; log_hazard_ratio and information are null where it has not come to rest: nothing
    happened to one of the two, or they never were at risk together.
    Source: Cox (1972), Journal of the Royal Statistical Society B 34, 187–220; Efron (1977). -#}
{% macro hazard_ratio(relation, groups) -%} {{ return(adapter.dispatch('hazard_ratio', 'cx_warehouse')(relation, groups)) }} {%- endmacro %}

{% macro default__hazard_ratio(relation, groups) -%}
    {%- set names = groups | join(', ') -%}
    {%- set coarse_steps = 8 -%}
    {%- set steps = coarse_steps + 2 -%}
    with

    -- Where all at risk are alike nothing is learned. Of those at risk only the odds count.
    events as (

        select
            {{ names }},
            exposed_share,
            {{ cx_warehouse.ratio('exposed_at_risk', 'unexposed_at_risk') }} as odds
        from {{ relation }}
        where exposed_at_risk > 0 and unexposed_at_risk > 0

    ),

    -- Events of about the same odds as one: they find the neighbourhood, and two steps over all events the place itself.
    alike as (

        select
            {{ names }},
            round(ln(odds), 1) as log_odds,
            count(*) as event_count,
            {{ cx_warehouse.steady_sum('exposed_share') }} as exposed_event_count,
            {{ cx_warehouse.steady_avg('odds') }} as odds
        from events
        group by {{ names }}, round(ln(odds), 1)

    ),

    trial_0 as (

        select {{ names }}, 0e0 as log_hazard_ratio, 1e0 as hazard_ratio from events group by {{ names }}

    ),

    {% for step in range(steps + 1) -%}
    slope_{{ step }} as (

        {% if step < coarse_steps -%}
        select
            {{ cx_warehouse.groups_of(groups, 'alike') }}
            trial_{{ step }}.log_hazard_ratio,
            {{ cx_warehouse.steady_sum('alike.exposed_event_count - alike.event_count * ' ~ cx_warehouse.exposed_part('alike', step)) }} as score,
            {{ cx_warehouse.steady_sum('alike.event_count * ' ~ cx_warehouse.exposed_part('alike', step) ~ ' * (1e0 - ' ~ cx_warehouse.exposed_part('alike', step) ~ ')') }} as information
        from alike
        inner join trial_{{ step }} on {{ cx_warehouse.same_groups(groups, 'alike', 'trial_' ~ step) }}
        group by {{ cx_warehouse.groups_of(groups, 'alike') }} trial_{{ step }}.log_hazard_ratio
        {%- else -%}
        select
            {{ cx_warehouse.groups_of(groups, 'events') }}
            trial_{{ step }}.log_hazard_ratio,
            {{ cx_warehouse.steady_sum('events.exposed_share - ' ~ cx_warehouse.exposed_part('events', step)) }} as score,
            {{ cx_warehouse.steady_sum(cx_warehouse.exposed_part('events', step) ~ ' * (1e0 - ' ~ cx_warehouse.exposed_part('events', step) ~ ')') }} as information
        from events
        inner join trial_{{ step }} on {{ cx_warehouse.same_groups(groups, 'events', 'trial_' ~ step) }}
        group by {{ cx_warehouse.groups_of(groups, 'events') }} trial_{{ step }}.log_hazard_ratio
        {%- endif %}

    ),

    {% if step < steps -%}
    stepped_{{ step }} as (

        select
            {{ names }},
            log_hazard_ratio + greatest(least({{ cx_warehouse.ratio('score', 'information') }}, 2e0), -2e0) as log_hazard_ratio
        from slope_{{ step }}
        where information > 0

    ),

    trial_{{ step + 1 }} as (

        select stepped_{{ step }}.*, exp(log_hazard_ratio) as hazard_ratio from stepped_{{ step }}

    ),

    {% endif -%}
    {% endfor -%}
    rested as (

        select {{ names }}, log_hazard_ratio, information
        from slope_{{ steps }}
        where information > 1e-6 and abs(score) <= 1e-6 * information

    ),

    -- Under a ratio of 1: the log-rank test.
    unmoved as (

        select
            {{ names }},
            count(*) as event_count,
            {{ cx_warehouse.steady_sum('exposed_share') }} as exposed_event_count,
            {{ cx_warehouse.steady_sum('exposed_share - odds / (odds + 1e0)') }} as score,
            {{ cx_warehouse.steady_sum('odds / (odds + 1e0) / (odds + 1e0)') }} as information
        from events
        group by {{ names }}

    )

    select
        {{ cx_warehouse.groups_of(groups, 'unmoved') }}
        unmoved.event_count,
        round(unmoved.exposed_event_count, 6) as exposed_event_count,
        rested.log_hazard_ratio,
        rested.information,
        {{ cx_warehouse.ratio('unmoved.score * unmoved.score', 'unmoved.information') }} as score_chi_square
    from unmoved
    left join rested on {{ cx_warehouse.same_groups(groups, 'unmoved', 'rested') }}
{%- endmacro %}

{#- The share of an event that falls to the exposed under a trial value of the hazard ratio. -#}
{% macro exposed_part(rows, step) -%}
    {%- set weight = rows ~ '.odds * trial_' ~ step ~ '.hazard_ratio' -%}
    ({{ weight }} / ({{ weight }} + 1e0))
{%- endmacro %}
