{#- What an engine lacks of the SQL that models are written in, made once at the start of a run. -#}
{% macro prepare_engine() %}
    {%- if execute -%} {%- do adapter.dispatch('prepare_engine', 'cx_warehouse')() -%} {%- endif -%}
{% endmacro %}

{% macro default__prepare_engine() %}{% endmacro %}

{#- Fewer threads hold less memory. -#}
{% macro duckdb__prepare_engine() %}
    {%- set threads = env_var('CX_DUCKDB_THREADS', '') -%}
    {%- if threads -%} {%- do run_query('set threads = ' ~ threads) -%} {%- endif -%}
{% endmacro %}

{#- PostgreSQL has no type `double`, rounds no double to digits, and stops at a text it cannot read. Two sessions that
    make the same thing at once would disturb each other, hence the lock. -#}
{% macro postgres__prepare_engine() %}
    {%- do run_query("select pg_advisory_xact_lock(hashtext('cx_warehouse'))") -%}
    {%- if run_query("select 1 from pg_type where typname = 'double' and pg_type_is_visible(oid)") | length == 0 -%}
        {%- do run_query('create domain double as double precision') -%}
    {%- endif -%}
    {%- do run_query(
        'create or replace function round(value double precision, digits integer) returns double precision '
        ~ 'language sql immutable strict parallel safe '
        ~ 'as $$ select pg_catalog.round(value::numeric, digits)::double precision $$'
    ) -%}
    {%- for type in ['date', 'timestamp', 'timestamptz'] -%}
        {#- PostgreSQL rounds what follows the microsecond, others cut it off. -#}
        {%- do run_query(
            'create or replace function cx_read_' ~ type ~ '(value text) returns ' ~ type ~ ' '
            ~ 'language plpgsql stable strict parallel safe as $$ begin '
            ~ "return regexp_replace(value, '(?<=[.][0-9]{6})[0-9]+', '')::" ~ type ~ '; '
            ~ 'exception when data_exception then return null; end $$'
        ) -%}
    {%- endfor -%}
{% endmacro %}
