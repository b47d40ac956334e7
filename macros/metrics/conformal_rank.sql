{#- Which of the `observations` smallest values a promise must be to be kept at `level` (0 to 1) by the next one: the
    ⌈(n + 1) · level⌉-th. With exchangeable values it then covers at least `level`, whatever their distribution. Null
    where that is more than there are: n values support no such level (99 % needs 99).
    Source: Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World; Lei, G'Sell, Rinaldo, Tibshirani,
    Wasserman (2018), Journal of the American Statistical Association 113, 1094–1111, section 2. -#}
{% macro conformal_rank(observations, level) -%}
    {{ return(adapter.dispatch('conformal_rank', 'cx_warehouse')(observations, level)) }}
{%- endmacro %}

{% macro default__conformal_rank(observations, level) -%}
    {#- A level such as 0.95 has no exact binary form: what rounding adds may not lift a whole number to the next. -#}
    {%- set rank = 'ceil(((' ~ observations ~ ') + 1) * cast((' ~ level ~ ') as double) - 1e-9)' -%}
    case
        when ({{ level }}) > 0 and ({{ level }}) < 1 and {{ rank }} <= ({{ observations }})
            then cast({{ rank }} as {{ dbt.type_bigint() }})
    end
{%- endmacro %}
