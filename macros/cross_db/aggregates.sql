{#- Aggregates that engines spell differently. -#}

{#- Linear interpolation between order statistics (numpy's default, R's type 7). -#}
{% macro quantile(expression, share) -%} {{ return(adapter.dispatch('quantile', 'cx_warehouse')(expression, share)) }} {%- endmacro %}
{% macro duckdb__quantile(expression, share) -%} quantile_cont({{ expression }}, {{ share }}) {%- endmacro %}
{% macro default__quantile(expression, share) -%} percentile_cont({{ share }}) within group (order by {{ expression }}) {%- endmacro %}

{% macro count_if(condition) -%} cast(sum(case when {{ condition }} then 1 else 0 end) as {{ dbt.type_bigint() }}) {%- endmacro %}

{#- The one way to divide: null when there is nothing to divide by, never integer division. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#- The lengths of all texts but the last stand before them, so that no two rows have one key, whatever their texts hold; a null
    is left out, and its length with it. -#}
{% macro surrogate_key(columns) -%}
    md5(concat_ws('|'
        {%- for column in columns[:-1] %}, coalesce(cast(length(cast({{ column }} as {{ dbt.type_string() }})) as {{ dbt.type_string() }}), '-'){% endfor %}
        {%- for column in columns %}, cast({{ column }} as {{ dbt.type_string() }}){% endfor %}))
{%- endmacro %}

{% macro row_hash(columns) -%}
    md5(concat_ws('|'{% for column in columns | sort %}, case when nullif(cast({{ column }} as {{ dbt.type_string() }}), '') is not null then concat('{{ column }}=', cast({{ column }} as {{ dbt.type_string() }})) end{% endfor %}))
{%- endmacro %}

{#- One row per problem from the text that `typed_rows` wrote. -#}
{% macro split_problems(relation) -%} {{ return(adapter.dispatch('split_problems', 'cx_warehouse')(relation)) }} {%- endmacro %}
{% macro duckdb__split_problems(relation) -%}
    select
        * exclude (problem),
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 1) as column_name,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 2) as reason_kind,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 3) as found,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 4) as expected
    from (select *, unnest(string_split(_problems, {{ cx_warehouse.record_separator() }})) as problem from {{ relation }})
{%- endmacro %}
{% macro postgres__split_problems(relation) -%}
    select
        *,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 1) as column_name,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 2) as reason_kind,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 3) as found,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 4) as expected
    from {{ relation }}
    cross join lateral unnest(string_to_array(_problems, {{ cx_warehouse.record_separator() }})) as problems (problem)
{%- endmacro %}
{% macro spark__split_problems(relation) -%}
    select
        *,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 1) as column_name,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 2) as reason_kind,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 3) as found,
        split_part(problem, {{ cx_warehouse.unit_separator() }}, 4) as expected
    from {{ relation }} lateral view explode(split(_problems, {{ cx_warehouse.record_separator() }})) as problem
{%- endmacro %}

{% macro split_part(text, separator, number) -%} split_part({{ text }}, '{{ separator }}', {{ number }}) {%- endmacro %}

{#- Texts of a group in alphabetical order, joined; null where there is none. -#}
{% macro joined_text(expression, separator) -%} {{ return(adapter.dispatch('joined_text', 'cx_warehouse')(expression, separator)) }} {%- endmacro %}
{% macro default__joined_text(expression, separator) -%} string_agg(distinct {{ expression }}, '{{ separator }}' order by {{ expression }}) {%- endmacro %}
{% macro spark__joined_text(expression, separator) -%}
    nullif(array_join(array_sort(collect_set({{ expression }})), '{{ separator }}'), '')
{%- endmacro %}

{#- Sums of doubles depend on the order of the rows, which engines do not promise; decimals add up exactly, so two builds
    of the same rows agree to the last bit. -#}
{% macro steady_sum(expression) -%} cast(sum(cast({{ expression }} as numeric(38, 10))) as double) {%- endmacro %}

{% macro steady_avg(expression) -%}
    {{ cx_warehouse.ratio(cx_warehouse.steady_sum(expression), 'count(' ~ expression ~ ')') }}
{%- endmacro %}

{#- Standard deviation of a sample; null for fewer than two values. -#}
{% macro steady_deviation(expression) -%}
    sqrt({{ cx_warehouse.ratio(
        'greatest(' ~ cx_warehouse.steady_sum('(' ~ expression ~ ') * (' ~ expression ~ ')') ~ ' - '
        ~ cx_warehouse.steady_avg(expression) ~ ' * ' ~ cx_warehouse.steady_sum(expression) ~ ', 0.0)',
        'count(' ~ expression ~ ') - 1'
    ) }})
{%- endmacro %}

{#- The same in two steps: `steady_part` over the rows of the finest groups, the others over those groups. Decimals add up
    exactly, so a roll-up is the same to the last bit as over its rows, and the rows are read once. -#}
{% macro steady_part(expression) -%} sum(cast({{ expression }} as numeric(38, 10))) {%- endmacro %}

{% macro steady_sum_of_parts(part) -%} cast(sum({{ part }}) as double) {%- endmacro %}

{% macro steady_avg_of_parts(part, count) -%}
    {{ cx_warehouse.ratio(cx_warehouse.steady_sum_of_parts(part), 'sum(' ~ count ~ ')') }}
{%- endmacro %}

{% macro steady_deviation_of_parts(squares, part, count) -%}
    sqrt({{ cx_warehouse.ratio(
        'greatest(' ~ cx_warehouse.steady_sum_of_parts(squares) ~ ' - '
        ~ cx_warehouse.steady_avg_of_parts(part, count) ~ ' * ' ~ cx_warehouse.steady_sum_of_parts(part) ~ ', 0.0)',
        'sum(' ~ count ~ ') - 1'
    ) }})
{%- endmacro %}
