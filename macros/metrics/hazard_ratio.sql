{#- A query: the logarithm of the hazard ratio of the exposed to the others by Cox's partial likelihood, stratified, with
    Efron's treatment of ties, from the rows of risk_sets.
    Arguments: `relation`, a name to select from; `groups`, columns whose values are estimated apart, without the strata.
    One row per group: event_count, exposed_event_count, log_hazard_ratio, information (1 ÷ its variance, each person
    independent), score_chi_square (the stratified log-rank test, ties as Efron's). Newton's method from 0 with a fixed number
    of steps, each at most 2 long; log_hazard_ratio and information are null where it has not come to rest: nothing
    happened to one of the two, or they never were at risk together.
    Source: Cox (1972), Journal of the Royal Statistical Society B 34, 187–220; Efron (1977). -#}
{% macro hazard_ratio(relation, groups) -%} {{ return(adapter.dispatch('hazard_ratio', 'cx_warehouse')(relation, groups)) }} {%- endmacro %}

{% macro default__hazard_ratio(relation, groups) -%}
    {%- set names = groups | join(', ') -%}
    {%- set steps = 8 -%}
    with

    -- Where all at risk are alike nothing is learned.
    events as (

        select * from {{ relation }}
        where exposed_at_risk > 0 and unexposed_at_risk > 0

    ),

    trial_0 as (

        select {{ names }}, 0e0 as log_hazard_ratio from events group by {{ names }}

    ),

    {% for step in range(steps + 1) -%}
    slope_{{ step }} as (

        select
            {{ cx_warehouse.groups_of(groups, 'events') }}
            trial_{{ step }}.log_hazard_ratio,
            count(*) as event_count,
            {{ cx_warehouse.steady_sum('events.exposed_share') }} as exposed_event_count,
            {{ cx_warehouse.steady_sum('events.exposed_share - ' ~ cx_warehouse.exposed_part(step)) }} as score,
            {{ cx_warehouse.steady_sum(cx_warehouse.exposed_part(step) ~ ' * (1e0 - ' ~ cx_warehouse.exposed_part(step) ~ ')') }} as information
        from events
        inner join trial_{{ step }} on {{ cx_warehouse.same_groups(groups, 'events', 'trial_' ~ step) }}
        group by {{ cx_warehouse.groups_of(groups, 'events') }} trial_{{ step }}.log_hazard_ratio

    ),

    {% if step < steps -%}
    trial_{{ step + 1 }} as (

        select
            {{ names }},
            log_hazard_ratio + greatest(least({{ cx_warehouse.ratio('score', 'information') }}, 2e0), -2e0) as log_hazard_ratio
        from slope_{{ step }}
        where information > 0

    ),

    {% endif -%}
    {% endfor -%}
    rested as (

        select {{ names }}, log_hazard_ratio, information
        from slope_{{ steps }}
        where information > 1e-6 and abs(score) <= 1e-6 * information

    )

    select
        {{ cx_warehouse.groups_of(groups, 'slope_0') }}
        slope_0.event_count,
        round(slope_0.exposed_event_count, 6) as exposed_event_count,
        rested.log_hazard_ratio,
        rested.information,
        {{ cx_warehouse.ratio('slope_0.score * slope_0.score', 'slope_0.information') }} as score_chi_square
    from slope_0
    left join rested on {{ cx_warehouse.same_groups(groups, 'slope_0', 'rested') }}
{%- endmacro %}

{#- The share of an event that falls to the exposed under a trial value of the hazard ratio. -#}
{% macro exposed_part(step) -%}
    {%- set weight = 'events.exposed_at_risk * exp(trial_' ~ step ~ '.log_hazard_ratio)' -%}
    ({{ cx_warehouse.ratio(weight, '(' ~ weight ~ ' + events.unexposed_at_risk)') }})
{%- endmacro %}
