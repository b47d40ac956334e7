{#- A query: every row of a relation as often as its `count_column` (a whole number) says, numbered from 0 in the column
    `number`. No row for a count of 0 or null. -#}
{% macro repeated(relation, count_column, number) -%}
    {{ return(adapter.dispatch('repeated', 'cx_warehouse')(relation, count_column, number)) }}
{%- endmacro %}
{% macro duckdb__repeated(relation, count_column, number) -%}
    select *, unnest(range({{ count_column }})) as {{ number }} from {{ relation }}
{%- endmacro %}
{% macro postgres__repeated(relation, count_column, number) -%}
    select {{ relation }}.*, numbers.{{ number }}
    from {{ relation }}
    cross join lateral generate_series(0, {{ count_column }} - 1) as numbers ({{ number }})
{%- endmacro %}
{% macro spark__repeated(relation, count_column, number) -%}
    select *
    from (select * from {{ relation }} where {{ count_column }} > 0)
    lateral view explode(sequence(cast(0 as bigint), {{ count_column }} - 1)) as {{ number }}
{%- endmacro %}
