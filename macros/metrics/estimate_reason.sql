{#- Why an estimate is not shown in full; null where it is. -#}
{% macro estimate_reason(observations) -%}
    {{ return(adapter.dispatch('estimate_reason', 'cx_warehouse')(observations)) }}
{%- endmacro %}
{% macro default__estimate_reason(observations) -%}
    case
        when ({{ observations }}) is null or ({{ observations }}) < {{ cx_warehouse.fewest_for_interval() }}
            then 'fewer than {{ cx_warehouse.fewest_for_interval() | trim }} observations'
        when ({{ observations }}) < {{ cx_warehouse.fewest_for_point() }}
            then 'fewer than {{ cx_warehouse.fewest_for_point() | trim }} observations: only the interval is shown'
    end
{%- endmacro %}
