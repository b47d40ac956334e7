{#- What connectors need to hand on instants: a tool writes local wall-clock time, the contract wants the offset said. -#}

{#- An ISO instant without an offset, read on the wall of `timezone` (an SQL expression), as UTC text with `Z`.
    Everything else passes as it came (a bare date, an instant that says its offset, a text nobody can read), so that the
    typing downstream judges it and a reject can quote it. -#}
{% macro local_to_utc_text(column, timezone) -%} {{ return(adapter.dispatch('local_to_utc_text', 'cx_warehouse')(column, timezone)) }} {%- endmacro %}
{% macro duckdb__local_to_utc_text(column, timezone) -%}
    case
        when {{ cx_warehouse.is_wall_clock(column) }} and try_cast(trim({{ column }}) as timestamp) is not null
            then {{ cx_warehouse.instant_to_text("timezone('UTC', timezone(" ~ timezone ~ ", try_cast(trim(" ~ column ~ ") as timestamp)))") }}
        else {{ column }}
    end
{%- endmacro %}
{% macro postgres__local_to_utc_text(column, timezone) -%}
    case
        when {{ cx_warehouse.is_wall_clock(column) }} and cx_read_timestamp(trim({{ column }})) is not null
            then {{ cx_warehouse.instant_to_text("timezone('UTC', timezone(" ~ timezone ~ ", cx_read_timestamp(trim(" ~ column ~ "))))") }}
        else {{ column }}
    end
{%- endmacro %}
{% macro spark__local_to_utc_text(column, timezone) -%}
    case
        when {{ cx_warehouse.is_wall_clock(column) }} and try_cast(trim({{ column }}) as timestamp_ntz) is not null
            then {{ cx_warehouse.instant_to_text("to_utc_timestamp(try_cast(trim(" ~ column ~ ") as timestamp_ntz), " ~ timezone ~ ")") }}
        else {{ column }}
    end
{%- endmacro %}

{% macro is_wall_clock(column) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    length({{ text }}) > 10
    and {{ cx_warehouse.matches(text, cx_warehouse.iso_instant_pattern()) }}
    and not {{ cx_warehouse.matches('substr(' ~ text ~ ', 11)', cx_warehouse.iso_offset_pattern()) }}
{%- endmacro %}

{#- A UTC instant as ISO text. `||` and not concat, which on some engines would make a 'Z' of nothing. -#}
{% macro instant_to_text(instant) -%}
    (replace(cast({{ instant }} as {{ dbt.type_string() }}), ' ', 'T') || 'Z')
{%- endmacro %}
