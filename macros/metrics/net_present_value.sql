{#- What an amount some years away is worth now, at a rate per year; an aggregate of it is the net present value.
    Source: Brealey, Myers, Allen, Principles of Corporate Finance, ch. 2. -#}
{% macro present_value(amount, rate, years) -%}
    {{ return(adapter.dispatch('present_value', 'cx_warehouse')(amount, rate, years)) }}
{%- endmacro %}
{% macro default__present_value(amount, rate, years) -%}
    (cast({{ amount }} as double) * power(1e0 + ({{ rate }}), -1e0 * ({{ years }})))
{%- endmacro %}

{% macro net_present_value(amount, rate, years) -%}
    {{ return(adapter.dispatch('net_present_value', 'cx_warehouse')(amount, rate, years)) }}
{%- endmacro %}
{% macro default__net_present_value(amount, rate, years) -%}
    {{ cx_warehouse.steady_sum(cx_warehouse.present_value(amount, rate, years)) }}
{%- endmacro %}
