{#- A query: after how many periods the amounts of a group have added up to 0, one row per value of `groups`; part of a
    period where it is crossed within one; the first period where they never lie below 0. Discounted amounts give the discounted
    payback. Null where they do and never come back, however long it takes until something is spent.
    `relation` has one row per group and period. Source: Brealey, Myers, Allen, Principles of Corporate Finance, ch. 5. -#}
{% macro payback(relation, groups, period, amount, name='payback') -%}
    {{ return(adapter.dispatch('payback', 'cx_warehouse')(relation, groups, period, amount, name)) }}
{%- endmacro %}
{% macro default__payback(relation, groups, period, amount, name) -%}
    {%- set names = groups | join(', ') -%}
    select
        {{ names }},
        coalesce(
            min(case
                when cumulative >= 0 and earlier_cumulative < 0
                    then earlier_period - earlier_cumulative * {{ cx_warehouse.ratio(period ~ ' - earlier_period', 'cumulative - earlier_cumulative') }}
            end),
            case when min(cumulative) >= 0 then cast(min({{ period }}) as double) end
        ) as {{ name }}
    from (
        select
            cumulated.*,
            lag(cumulative) over (partition by {{ names }} order by {{ period }}) as earlier_cumulative,
            lag({{ period }}) over (partition by {{ names }} order by {{ period }}) as earlier_period
        from (
            select
                {{ names }},
                {{ period }},
                cast(sum(cast({{ amount }} as numeric(38, 10))) over (
                    partition by {{ names }} order by {{ period }} rows between unbounded preceding and current row
                ) as double) as cumulative
            from {{ relation }}
        ) as cumulated
    ) as crossed
    group by {{ names }}
{%- endmacro %}
