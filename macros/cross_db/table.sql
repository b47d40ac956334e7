{#- A table in one transaction. dbt-duckdb builds it beside the old one, renames both and drops what is left: three
    statements more, each of which costs dbt many times what it costs the engine. DuckDB needs none of them, since what
    a failed transaction has dropped is there again. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set made = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none -%}
        {%- do adapter.ensure_transaction() -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%} {{ create_table_as(False, made, compiled_code) }} {%- endcall -%}
    {%- do create_indexes(made) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(made, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [made]}) }}
{% endmaterialization %}
