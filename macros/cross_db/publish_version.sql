{#- Publication where a build is not a file of its own. With the var `cx_version` a run writes into schemas of that version
    (`marts__<version>` and so on), and when every model was built and every test passed, what readers see (`marts`) becomes
    that version. Without it, models are written table by table where readers look. DuckDB's builds are files, which `cx run`
    publishes. -#}

{% macro schema_of_version(schema) -%} {{ return(adapter.dispatch('schema_of_version', 'cx_warehouse')(schema)) }} {%- endmacro %}
{% macro default__schema_of_version(schema) -%}
    {{ return(schema ~ '__' ~ var('cx_version') if var('cx_version', none) else schema) }}
{%- endmacro %}
{% macro duckdb__schema_of_version(schema) -%} {{ return(schema) }} {%- endmacro %}

{#- At the end of a run: `results` are dbt's. -#}
{% macro publish_version(results) %}
    {%- if execute and flags.WHICH == 'build' and var('cx_version', none) -%}
        {%- do adapter.dispatch('publish_version', 'cx_warehouse')(results) -%}
    {%- endif -%}
{% endmacro %}
{% macro duckdb__publish_version(results) %}{% endmacro %}

{#- The tables and views of the version, base name of the schema and name; none where something failed or was left out. -#}
{% macro whole_version(results) %}
    {%- set built = [] -%}
    {%- set amiss = [] -%}
    {%- set seen = results | map(attribute='node.unique_id') | list -%}
    {%- for result in results -%}
        {%- if result.status in ['error', 'fail', 'runtime error', 'partial success', 'skipped'] -%} {%- do amiss.append(result.node.name ~ ' (' ~ result.status ~ ')') -%} {%- endif -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.package_name == 'cx_warehouse' and node.resource_type in ['model', 'seed'] and node.config.materialized != 'ephemeral' -%}
        {%- if node.unique_id in seen -%}
            {%- do built.append({'schema': node.schema | replace('__' ~ var('cx_version'), ''), 'name': node.alias}) -%}
        {%- else -%}
            {%- do amiss.append(node.name ~ ' (left out)') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if amiss -%}
        {%- do log('Version ' ~ var('cx_version') ~ ' is not published, readers see what they saw: ' ~ amiss[:5] | join(', ') ~ (' and ' ~ (amiss | length - 5) ~ ' more' if amiss | length > 5 else ''), info=true) -%}
    {%- endif -%}
    {{ return([] if amiss else built) }}
{% endmacro %}

{#- marts.mart_publication, as `cx run` writes it (cx_warehouse/publish.py); the last table of a version to be made. -#}
{% macro record_version(results) %}
    {%- set checks = results | selectattr('node.resource_type', 'equalto', 'test') | list -%}
    {%- set failed = checks | rejectattr('status', 'equalto', 'pass') | list -%}
    {%- set relation = cx_warehouse.schema_of_version('marts') ~ '.mart_publication' -%}
    {%- do run_query('drop table if exists ' ~ relation) -%}
    {%- do run_query(
        'create table ' ~ relation ~ ' as select '
        ~ "cast('" ~ var('cx_version') ~ "' as " ~ dbt.type_string() ~ ') as version, '
        ~ 'cast(reporting_currency as ' ~ dbt.type_string() ~ ') as reporting_currency, '
        ~ 'cast(' ~ checks | length ~ ' as ' ~ dbt.type_bigint() ~ ') as check_count, '
        ~ 'cast(' ~ failed | length ~ ' as ' ~ dbt.type_bigint() ~ ') as failed_check_count, '
        ~ 'cast(as_of as timestamp) as as_of, cast(loaded_at as timestamp) as loaded_at, '
        ~ "cast('" ~ modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S') ~ "' as timestamp) as published_at "
        ~ 'from ' ~ cx_warehouse.schema_of_version('staging') ~ '.stg_as_of '
        ~ 'cross join ' ~ cx_warehouse.schema_of_version('intermediate') ~ '.int_reporting_currency'
    ) -%}
{% endmacro %}

{#- The schemas take their place in one transaction that holds every table of the old version: a reader who has begun with
    it ends with it. It steps back after 300 ms, since whoever comes after it waits too, and tries again for a minute. What
    hangs on the old tables and is not ours stops it. Who might read a schema may read the one that takes its place. -#}
{% macro postgres__publish_version(results) %}
    {%- set built = cx_warehouse.whole_version(results) -%}
    {%- if built -%}
        {%- do cx_warehouse.record_version(results) -%}
        {%- set schemas = built | map(attribute='schema') | unique | list -%}
        {%- set publication -%}
        do $publication$
        declare
            until timestamp := clock_timestamp() + interval '1 minute';
            old text[] := array['{{ schemas | join("', '") }}'];
            listed text;
            one record;
        begin
            loop
                begin
                    set local lock_timeout = '300ms';
                    select string_agg(format('%I.%I', schemaname, tablename), ', ') into listed
                    from pg_tables where schemaname = any (old);
                    if listed is not null then execute 'lock table ' || listed || ' in access exclusive mode'; end if;
                    for one in
                        select distinct nspname, pg_get_userbyid(grantee) as reader
                        from pg_namespace, aclexplode(nspacl)
                        where nspname = any (old) and grantee not in (0, nspowner)
                    loop
                        execute format('grant usage on schema %I to %I', one.nspname || '__{{ var("cx_version") }}', one.reader);
                        execute format('grant select on all tables in schema %I to %I', one.nspname || '__{{ var("cx_version") }}', one.reader);
                    end loop;
                    for one in
                        select kind, string_agg(name, ', ') as names
                        from (
                            select 'view' as kind, format('%I.%I', schemaname, viewname) as name from pg_views where schemaname = any (old)
                            union all
                            select 'table', format('%I.%I', schemaname, tablename) from pg_tables where schemaname = any (old)
                        ) as ours
                        group by kind order by kind desc
                    loop
                        execute format('drop %s %s restrict', one.kind, one.names);
                    end loop;
                    for one in select unnest(old) as name loop
                        execute format('drop schema if exists %I restrict', one.name);
                        execute format('alter schema %I rename to %I', one.name || '__{{ var("cx_version") }}', one.name);
                    end loop;
                    return;
                exception when lock_not_available then
                    if clock_timestamp() > until then raise; end if;
                end;
                perform pg_sleep(0.1);
            end loop;
        end $publication$
        {%- endset -%}
        {%- do run_query(publication) -%}
        {%- do log('Published version ' ~ var('cx_version') ~ ' to ' ~ schemas | join(', '), info=true) -%}
    {%- endif -%}
{% endmacro %}

{#- Spark's catalogue changes one name at a time and renames no database, so readers get views, each turned in one step, and
    the one that names the version last. Who needs several tables of one version asks those of `marts__<version>`. -#}
{% macro spark__publish_version(results) %}
    {%- set built = cx_warehouse.whole_version(results) -%}
    {%- if built -%}
        {%- do cx_warehouse.record_version(results) -%}
        {%- do built.append({'schema': 'marts', 'name': 'mart_publication'}) -%}
        {%- for schema in ['reference', 'marts'] -%}
            {%- do run_query('create database if not exists ' ~ schema) -%}
            {%- set names = built | selectattr('schema', 'equalto', schema) | map(attribute='name') | list -%}
            {%- for name in names -%}
                {%- do run_query('create or replace view ' ~ schema ~ '.' ~ name ~ ' as select * from ' ~ cx_warehouse.schema_of_version(schema) ~ '.' ~ name) -%}
            {%- endfor -%}
            {%- for view in run_query('show views in ' ~ schema).columns['viewName'].values() if view not in names -%}
                {%- do run_query('drop view ' ~ schema ~ '.' ~ view) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do log('Published version ' ~ var('cx_version') ~ ' to reference, marts', info=true) -%}
    {%- endif -%}
{% endmacro %}
