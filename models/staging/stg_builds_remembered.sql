-- Grain: one row per load that the last build knew, with what that build said of itself; empty where all has to be built.
{%- set last_build = cx_warehouse.last_build() %}
{%- if last_build %}
select load_id, settled_until, basis from {{ last_build }}
{%- else %}
select
    cast(null as {{ dbt.type_string() }}) as load_id,
    cast(null as {{ dbt.type_timestamp() }}) as settled_until,
    cast(null as {{ dbt.type_string() }}) as basis
where false
{%- endif %}
