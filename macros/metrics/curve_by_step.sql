{#- A query: survival curves read off at given steps (days, minutes), from the rows of kaplan_meier, which has one per time at
    which somebody left. Arguments: `counted`, a relation with `groups` and `people`, a column: how many the curve started
    with; `steps`, a relation with the column `step`; `curves`, the rows of kaplan_meier with its column `time`. One row
    per group and step: survival_rate, survival_rate_low, survival_rate_high and at_risk_count, who is still followed as the
    step begins. Before the first of them left everybody is there. -#}
{% macro curve_by_step(counted, steps, curves, groups, step, time, people) -%}
    {{ return(adapter.dispatch('curve_by_step', 'cx_warehouse')(counted, steps, curves, groups, step, time, people)) }}
{%- endmacro %}

{% macro default__curve_by_step(counted, steps, curves, groups, step, time, people) -%}
    select
        {{ cx_warehouse.groups_of(groups, counted) }}
        {{ steps }}.{{ step }},
        case when {{ curves }}.{{ time }} is null then 1e0 else {{ curves }}.survival_rate end as survival_rate,
        {{ curves }}.survival_rate_low,
        {{ curves }}.survival_rate_high,
        case
            when {{ curves }}.{{ time }} is null then {{ counted }}.{{ people }}
            when {{ curves }}.{{ time }} = {{ steps }}.{{ step }} then {{ curves }}.at_risk_count
            else {{ curves }}.at_risk_count - {{ curves }}.event_count - {{ curves }}.censored_count
        end as at_risk_count
    from {{ counted }}
    cross join {{ steps }}
    left join {{ curves }}
        on {{ cx_warehouse.same_groups(groups, counted, curves) }}
        and {{ steps }}.{{ step }} >= {{ curves }}.{{ time }}
        and ({{ steps }}.{{ step }} < {{ curves }}.next_{{ time }} or {{ curves }}.next_{{ time }} is null)
{%- endmacro %}
