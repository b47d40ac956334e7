{#- Which of the `observations` smallest values is an end of the 95 % interval of the quantile at `share` (0 to 1), whatever the
    distribution: the binomial number of values below the quantile, by its normal approximation, rounded outwards. Null
    where there are not so many values: 30 tell nothing about how low the lowest tenth reaches.
    Source: Conover, Practical Nonparametric Statistics, 3rd ed. (1999), §3.2. -#}
{% macro quantile_rank_low(observations, share) -%}
    {{ return(adapter.dispatch('quantile_rank_low', 'cx_warehouse')(observations, share)) }}
{%- endmacro %}
{% macro default__quantile_rank_low(observations, share) -%}
    {%- set rank = 'floor((' ~ observations ~ ') * ' ~ share ~ ' - ' ~ cx_warehouse.z_95() ~ ' * sqrt((' ~ observations ~ ') * ' ~ share ~ ' * (1e0 - ' ~ share ~ ')))' -%}
    case when {{ rank }} >= 1 then cast({{ rank }} as {{ dbt.type_bigint() }}) end
{%- endmacro %}

{% macro quantile_rank_high(observations, share) -%}
    {{ return(adapter.dispatch('quantile_rank_high', 'cx_warehouse')(observations, share)) }}
{%- endmacro %}
{% macro default__quantile_rank_high(observations, share) -%}
    {%- set rank = 'ceil((' ~ observations ~ ') * ' ~ share ~ ' + ' ~ cx_warehouse.z_95() ~ ' * sqrt((' ~ observations ~ ') * ' ~ share ~ ' * (1e0 - ' ~ share ~ '))) + 1' -%}
    case when {{ rank }} <= ({{ observations }}) then cast({{ rank }} as {{ dbt.type_bigint() }}) end
{%- endmacro %}
