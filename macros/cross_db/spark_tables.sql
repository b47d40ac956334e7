{#- Where Spark's tables are not declared as the other engines' are. A project that installs this package and runs on
    Spark puts it into dbt's search order (docs/package.md). -#}

{#- Spark has no type `text`. -#}
{% macro spark_type(type) -%} {{ return('string' if type in ('text', 'varchar') else type) }} {%- endmacro %}

{#- What a contract promises, in Spark's types. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    select
        {%- for column in columns.values() %}
        cast(null as {{ cx_warehouse.spark_type(column['data_type']) }}) as {{ column['name'] }}{{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{% macro spark__create_csv_table(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- set type = types.get(name) or adapter.convert_type(agate_table, loop.index0) -%}
        {%- do columns.append(name ~ ' ' ~ cx_warehouse.spark_type(type)) -%}
    {%- endfor -%}
    {%- set query = 'create table ' ~ this.render() ~ ' (' ~ columns | join(', ') ~ ') using parquet' -%}
    {%- call statement('_') -%} {{ query }} {%- endcall -%}
    {#- Without rows no file would tell those who read files of its columns. -#}
    {%- if not agate_table.rows | length -%}
        {%- call statement('_') -%} insert into {{ this.render() }} select * from {{ this.render() }} where false {%- endcall -%}
    {%- endif -%}
    {{ return(query) }}
{%- endmacro %}

{#- Values as literals: the session method has no bindings, and writes a null as an empty text. -#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set queries = [] -%}
    {%- for chunk in agate_table.rows | batch(500) -%}
        {%- set rows = [] -%}
        {%- for row in chunk -%}
            {%- set values = [] -%}
            {%- for name in agate_table.column_names -%}
                {%- set type = types.get(name) or adapter.convert_type(agate_table, loop.index0) -%}
                {%- set value = row[loop.index0] -%}
                {%- set literal = 'null' if value is none else "'" ~ (value | string | replace('\\', '\\\\') | replace("'", "\\'")) ~ "'" -%}
                {%- do values.append('cast(' ~ literal ~ ' as ' ~ cx_warehouse.spark_type(type) ~ ')') -%}
            {%- endfor -%}
            {%- do rows.append('(' ~ values | join(', ') ~ ')') -%}
        {%- endfor -%}
        {%- do queries.append('insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ')) -%}
        {%- do adapter.add_query(queries[-1], abridge_sql_log=true) -%}
    {%- endfor -%}
    {{ return(queries | first | default('')) }}
{%- endmacro %}
