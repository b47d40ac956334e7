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
