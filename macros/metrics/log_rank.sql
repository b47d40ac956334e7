{#- A query: the log-rank test of two groups of people followed, one row per value of `groups`.
    Arguments as in kaplan_meier, and `is_first`, a boolean column: true in one group, false in the other; rows in
    neither (null) are left out. Columns: event_count and expected_count of the first group (expected if both left at one
    pace), chi_square (one degree of freedom, no continuity correction) and p_value; both null where nothing can be
    compared. Every person counts as independent of the others, so nobody may be in it twice.
    Source: Mantel (1966), Cancer Chemotherapy Reports 50, 163–170. -#}
{% macro log_rank(relation, groups, is_first, time, is_event) -%}
    {{ return(adapter.dispatch('log_rank', 'cx_warehouse')(relation, groups, is_first, time, is_event)) }}
{%- endmacro %}

{% macro default__log_rank(relation, groups, is_first, time, is_event) -%}
    {%- set names = groups | join(', ') -%}
    {%- set listed = names ~ ', ' if groups else '' -%}
    {%- set within = 'partition by ' ~ names ~ ' ' if groups else '' -%}
    {%- set chi_square = cx_warehouse.ratio('(event_count - expected_count) * (event_count - expected_count)', 'log_rank_variance') -%}
    select
        {{ listed }}event_count,
        expected_count,
        chi_square,
        {{ cx_warehouse.chi_square_tail('chi_square') }} as p_value
    from (
    select {{ listed }}event_count, expected_count, {{ chi_square }} as chi_square
    from (
        select
            {{ listed }}cast(sum(first_event_count) as {{ dbt.type_bigint() }}) as event_count,
            cast(sum(cast({{ cx_warehouse.ratio(
                'cast(first_at_risk_count as double) * events', 'at_risk_count'
            ) }} as numeric(38, 18))) as double) as expected_count,
            cast(sum(cast(case
                when at_risk_count > 1
                    then {{ cx_warehouse.ratio(
                        'cast(events as double) * (at_risk_count - events) * first_at_risk_count * (at_risk_count - first_at_risk_count)',
                        'cast(at_risk_count as double) * at_risk_count * (at_risk_count - 1)'
                    ) }}
                else 0e0
            end as numeric(38, 18))) as double) as log_rank_variance
        from (
            select
                {{ listed }}{{ time }},
                events,
                first_event_count,
                sum(leaving_count) over still_to_leave as at_risk_count,
                sum(first_leaving_count) over still_to_leave as first_at_risk_count
            from (
                select
                    {{ listed }}{{ time }},
                    count(*) as leaving_count,
                    {{ cx_warehouse.count_if(is_first) }} as first_leaving_count,
                    {{ cx_warehouse.count_if(is_event) }} as events,
                    {{ cx_warehouse.count_if(is_event ~ ' and ' ~ is_first) }} as first_event_count
                from {{ relation }}
                where {{ time }} >= 0 and {{ is_event }} is not null and {{ is_first }} is not null
                group by {{ listed }}{{ time }}
            ) as left_at
            window still_to_leave as (
                {{ within }}order by {{ time }} desc rows between unbounded preceding and current row
            )
        ) as at_risk
        {% if groups %}group by {{ names }}{% endif %}
    ) as summed
    ) as compared
{%- endmacro %}
