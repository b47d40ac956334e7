{#- A glob needs at least one file to have a schema. So that `dbt build` alone works before anything was landed, every
    table that has no file yet gets one with no rows. The loader does the same; who comes first writes it. -#}
{% macro create_absent_tables() %}
    {%- if execute -%} {%- do adapter.dispatch('create_absent_tables', 'cx_warehouse')() -%} {%- endif -%}
{% endmacro %}

{% macro default__create_absent_tables() %}{% endmacro %}

{% macro duckdb__create_absent_tables() %}
    {%- set raw = cx_warehouse.raw_directory() | trim -%}
    {%- set lineage = ['_unknown_columns varchar', '_file varchar', '_line bigint', '_load_id varchar', '_loaded_at timestamp', '_file_hash varchar', '_row_hash varchar'] -%}
    {%- set present = run_query("select distinct regexp_extract(file, '([^/\\\\]+)\\.[^.]+\\.parquet$', 1) from glob('" ~ raw ~ "/*.parquet')").columns[0].values() -%}
    {%- for node in graph.sources.values() if node.package_name == 'cx_warehouse' and node.source_name ~ '.' ~ node.name not in present -%}
        {%- set columns = [] -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.append(column.name ~ ' ' ~ (column.data_type if node.source_name == 'ops' else 'varchar')) -%}
        {%- endfor -%}
        {%- if node.source_name != 'ops' -%} {%- do columns.extend(lineage) -%} {%- endif -%}
        {%- set nulls = [] -%}
        {%- for column in columns -%}
            {%- set name, type = column.split(' ') -%}
            {%- do nulls.append('cast(null as ' ~ type ~ ') as ' ~ name) -%}
        {%- endfor -%}
        {%- do run_query("copy (select " ~ nulls | join(', ') ~ " where false) to '" ~ raw ~ "/" ~ node.source_name ~ "." ~ node.name ~ ".absent.parquet' (format parquet)") -%}
    {%- endfor -%}
{% endmacro %}

{#- The source tables that a run reads as landed: the contract's and the ledger's, but not what is mapped to a relation of
    the user's own, and the export tables of the chosen connectors. -#}
{% macro landed_sources() %}
    {%- set read = [] -%}
    {%- for node in graph.sources.values() if node.package_name == 'cx_warehouse' -%}
        {%- set is_tool = node.original_file_path.startswith('models/connectors') -%}
        {%- set is_mapped = node.source_name ~ '.' ~ node.name in var('cx_sources', {}) -%}
        {%- if (is_tool and node.source_name in var('cx_connectors', [])) or not (is_tool or is_mapped) -%}
            {%- do read.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(read) }}
{% endmacro %}

{#- PostgreSQL needs each raw table once, also where nothing was copied into it (see cx_warehouse/engines/postgres.py). -#}
{% macro postgres__create_absent_tables() %}
    {%- for node in cx_warehouse.landed_sources() -%}
        {%- set columns = [] -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.append(column.name ~ ' ' ~ (column.data_type if node.source_name == 'ops' else 'text')) -%}
        {%- endfor -%}
        {%- if node.source_name != 'ops' -%}
            {%- do columns.extend(['_unknown_columns text', '_file text', '_line bigint', '_load_id text', '_loaded_at timestamp', '_row_hash text']) -%}
        {%- endif -%}
        {%- do run_query('create schema if not exists ' ~ node.schema) -%}
        {%- do run_query('create table if not exists ' ~ node.schema ~ '.' ~ node.identifier ~ ' (' ~ columns | join(', ') ~ ')') -%}
    {%- endfor -%}
{% endmacro %}

{#- On Spark a raw table is a view of its Parquet files. -#}
{% macro spark__create_absent_tables() %}
    {%- set raw = cx_warehouse.raw_directory() | trim -%}
    {%- for node in cx_warehouse.landed_sources() -%}
        {%- set columns = [] -%}
        {%- for column in node.columns.values() -%}
            {%- set type = cx_warehouse.spark_type(column.data_type) if node.source_name == 'ops' else 'string' -%}
            {%- do columns.append('cast(' ~ column.name ~ ' as ' ~ type ~ ') as ' ~ column.name) -%}
        {%- endfor -%}
        {%- if node.source_name != 'ops' -%}
            {%- do columns.extend(['_unknown_columns', '_file', '_line', '_load_id', 'cast(_loaded_at as timestamp) as _loaded_at', '_row_hash']) -%}
        {%- endif -%}
        {%- do run_query('create database if not exists ' ~ node.schema) -%}
        {%- do run_query(
            'create or replace view ' ~ node.schema ~ '.' ~ node.identifier ~ ' as select ' ~ columns | join(', ')
            ~ ' from parquet.`' ~ raw ~ '/' ~ node.source_name ~ '.' ~ node.name ~ '.*.parquet`'
        ) -%}
    {%- endfor -%}
{% endmacro %}
