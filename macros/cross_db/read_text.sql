{#- Text to value. What cannot be read is null, on every engine; nothing is rounded, cut or guessed. -#}

{#- ISO 8601 only: engines also read 'infinity', 'epoch' or '20260301', which no exporter means, and differ in the year 0, 24:00, a
    60th second and offsets that no clock on earth has. -#}
{% macro iso_date_pattern() -%} ^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}$ {%- endmacro %}
{% macro iso_instant_pattern() -%} ^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)? ?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?$ {%- endmacro %}
{% macro iso_offset_pattern() -%} (Z|[+-][0-9]{2}(:?[0-9]{2})?)$ {%- endmacro %}

{#- Some tools put a space before the offset, and not every engine reads it with one. -#}
{% macro closed_offset(text) -%} replace(replace(replace({{ text }}, ' +', '+'), ' -', '-'), ' Z', 'Z') {%- endmacro %}

{#- DuckDB reads 10:00 and 10:00:00Z, but not 10:00Z. -#}
{% macro with_seconds(text) -%}
    case when substr({{ text }}, 17, 1) in ('Z', '+', '-') then concat(substr({{ text }}, 1, 16), ':00', substr({{ text }}, 17)) else {{ text }} end
{%- endmacro %}

{% macro matches(expression, pattern) -%} {{ return(adapter.dispatch('matches', 'cx_warehouse')(expression, pattern)) }} {%- endmacro %}
{% macro default__matches(expression, pattern) -%} regexp_like({{ expression }}, '{{ pattern }}') {%- endmacro %}
{% macro duckdb__matches(expression, pattern) -%} regexp_matches({{ expression }}, '{{ pattern }}') {%- endmacro %}
{% macro postgres__matches(expression, pattern) -%} {{ expression }} ~ '{{ pattern }}' {%- endmacro %}
{% macro spark__matches(expression, pattern) -%} {{ expression }} rlike r'{{ pattern }}' {%- endmacro %}

{% macro read_instant(column) -%} {{ return(adapter.dispatch('read_instant', 'cx_warehouse')(column)) }} {%- endmacro %}
{#- Most instants are written to the second in UTC. What reads back as it was written needs no pattern, which costs four
    times as much. -#}
{% macro duckdb__read_instant(column) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    {%- set usual = 'try_cast(substr(' ~ column ~ ', 1, 19) as timestamp)' -%}
    case
        when {{ column }} like '____-__-__T__:__:__Z' and {{ column }} >= '0001' and strftime({{ usual }}, '%Y-%m-%dT%H:%M:%SZ') = {{ column }} then {{ usual }}
        when not {{ cx_warehouse.matches(text, cx_warehouse.iso_instant_pattern()) }} then null
        when length({{ text }}) > 10 and {{ cx_warehouse.matches('substr(' ~ text ~ ', 11)', cx_warehouse.iso_offset_pattern()) }}
            then timezone('UTC', try_cast({{ cx_warehouse.with_seconds(cx_warehouse.closed_offset(text)) }} as timestamptz))
        else timezone('UTC', timezone({{ cx_warehouse.business_timezone() }}, try_cast({{ text }} as timestamp)))
    end
{%- endmacro %}
{% macro postgres__read_instant(column) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    case
        when not {{ cx_warehouse.matches(text, cx_warehouse.iso_instant_pattern()) }} then null
        when length({{ text }}) > 10 and {{ cx_warehouse.matches('substr(' ~ text ~ ', 11)', cx_warehouse.iso_offset_pattern()) }}
            then timezone('UTC', cx_read_timestamptz({{ cx_warehouse.closed_offset(text) }}))
        else timezone('UTC', timezone({{ cx_warehouse.business_timezone() }}, cx_read_timestamp({{ text }})))
    end
{%- endmacro %}
{% macro spark__read_instant(column) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    case
        when not {{ cx_warehouse.matches(text, cx_warehouse.iso_instant_pattern()) }} then null
        when length({{ text }}) > 10 and {{ cx_warehouse.matches('substr(' ~ text ~ ', 11)', cx_warehouse.iso_offset_pattern()) }}
            then to_utc_timestamp(try_cast({{ cx_warehouse.closed_offset(text) }} as timestamp), current_timezone())
        else to_utc_timestamp(try_cast({{ text }} as timestamp_ntz), {{ cx_warehouse.business_timezone() }})
    end
{%- endmacro %}

{% macro read_date(column) -%} {{ return(adapter.dispatch('read_date', 'cx_warehouse')(column)) }} {%- endmacro %}
{#- A day that arrives as an instant at midnight (a spreadsheet's habit) is that day as written. -#}
{% macro default__read_date(column) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    case
        when {{ cx_warehouse.matches(text, cx_warehouse.iso_instant_pattern()) }}
            then {{ cx_warehouse.try_date('substr(' ~ text ~ ', 1, 10)') }}
    end
{%- endmacro %}

{% macro read_bare_date(column) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    case
        when {{ cx_warehouse.matches(text, cx_warehouse.iso_date_pattern()) }} then {{ cx_warehouse.try_date(text) }}
    end
{%- endmacro %}

{% macro read_instant_not_date(column) -%}
    case when length(trim({{ column }})) > 10 then {{ cx_warehouse.read_instant(column) }} end
{%- endmacro %}

{% macro try_date(text) -%} {{ return(adapter.dispatch('try_date', 'cx_warehouse')(text)) }} {%- endmacro %}
{% macro default__try_date(text) -%} try_cast({{ text }} as date) {%- endmacro %}
{% macro postgres__try_date(text) -%} cx_read_date({{ text }}) {%- endmacro %}

{% macro read_decimal(column) -%}
    case
        when {{ cx_warehouse.matches('trim(' ~ column ~ ')', '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$') }}
            then {{ cx_warehouse.try_decimal('trim(' ~ column ~ ')') }}
    end
{%- endmacro %}

{% macro read_integer(column) -%}
    case
        when {{ cx_warehouse.matches('trim(' ~ column ~ ')', '^[+-]?[0-9]+([.]0+)?$') }}
            then {{ cx_warehouse.try_integer('trim(' ~ column ~ ')') }}
    end
{%- endmacro %}

{#- A text that is a number, or null from a million million on: sums and squares of more do not fit the types they are published
    in, and one such row would hold up all others. -#}
{% macro try_decimal(text) -%} {{ return(adapter.dispatch('try_decimal', 'cx_warehouse')(text)) }} {%- endmacro %}
{% macro default__try_decimal(text) -%} cast(try_cast({{ text }} as decimal(18, 6)) as numeric(28, 6)) {%- endmacro %}
{% macro postgres__try_decimal(text) -%}
    case when abs(round(cast({{ text }} as numeric), 6)) < 1e12 then cast({{ text }} as numeric(28, 6)) end
{%- endmacro %}

{% macro try_integer(text) -%} {{ return(adapter.dispatch('try_integer', 'cx_warehouse')(text)) }} {%- endmacro %}
{% macro default__try_integer(text) -%} try_cast(try_cast({{ text }} as numeric(28, 6)) as integer) {%- endmacro %}
{% macro postgres__try_integer(text) -%}
    case when abs(cast({{ text }} as numeric)) <= 2147483647 then cast(cast({{ text }} as numeric) as integer) end
{%- endmacro %}
