{#- A query: survival curves read off at given steps (days, minutes), from the rows of kaplan_meier, which has one per time at
    which somebody left. Arguments: `counted`, a relation with `groups` and `people`, a column: how many the curve started
    with; `steps`, a relation with the column `step`, whole numbers; `curves`, the rows of kaplan_meier with its column `time`. One row
    per group and step: survival_rate, survival_rate_low, survival_rate_high and at_risk_count, who is still followed as the
    step begins. Before the first of them left everybody is there. -#}
{% macro curve_by_step(counted, steps, curves, groups, step, time, people) -%}
    {{ return(adapter.dispatch('curve_by_step', 'cx_warehouse')(counted, steps, curves, groups, step, time, people)) }}
{%- endmacro %}

{% macro default__curve_by_step(counted, steps, curves, groups, step, time, people) -%}
    {%- set names = groups | join(', ') -%}
    with

    -- Between two steps many leave, and the last of them tells how many are left: comparing every leaving with every step
    -- costs more than the curve.
    ranked_leavings as (

        select
            {{ curves }}.*,
            row_number() over (partition by {{ names }}, ceil({{ time }}) order by {{ time }} desc) as leaving_rank
        from {{ curves }}

    ),

    last_leavings as (

        select
            {{ names }},
            {{ time }},
            lead({{ time }}) over (partition by {{ names }} order by {{ time }}) as next_{{ time }},
            at_risk_count,
            event_count,
            censored_count,
            survival_rate,
            survival_rate_low,
            survival_rate_high
        from ranked_leavings
        where leaving_rank = 1

    )

    select
        {{ cx_warehouse.groups_of(groups, counted) }}
        {{ steps }}.{{ step }},
        case when last_leavings.{{ time }} is null then 1e0 else last_leavings.survival_rate end as survival_rate,
        last_leavings.survival_rate_low,
        last_leavings.survival_rate_high,
        case
            when last_leavings.{{ time }} is null then {{ counted }}.{{ people }}
            when last_leavings.{{ time }} = {{ steps }}.{{ step }} then last_leavings.at_risk_count
            else last_leavings.at_risk_count - last_leavings.event_count - last_leavings.censored_count
        end as at_risk_count
    from {{ counted }}
    cross join {{ steps }}
    left join last_leavings
        on {{ cx_warehouse.same_groups(groups, counted, 'last_leavings') }}
        and {{ steps }}.{{ step }} >= last_leavings.{{ time }}
        and ({{ steps }}.{{ step }} < last_leavings.next_{{ time }} or last_leavings.next_{{ time }} is null)
{%- endmacro %}
