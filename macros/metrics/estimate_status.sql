{#- Whether an estimate is final, provisional (its period is still running) or withheld (too few rows, or unknown how
    many). -#}
{% macro estimate_status(observations, is_running) -%}
    {{ return(adapter.dispatch('estimate_status', 'cx_warehouse')(observations, is_running)) }}
{%- endmacro %}
{% macro default__estimate_status(observations, is_running) -%}
    case
        when ({{ observations }}) is null or ({{ observations }}) < {{ cx_warehouse.fewest_for_interval() }}
            then 'withheld'
        when {{ is_running }} then 'provisional'
        else 'final'
    end
{%- endmacro %}
