{#- After the reference lists are seeded: what a leader proposed takes the place of what stands in them (see
    cx_warehouse/proposals.py), so that every model reads one list. It is here because it writes over a table, which not
    every engine can; elsewhere the lists stay as they are. -#}
{% macro take_proposals(kind) -%} {{ return(adapter.dispatch('take_proposals', 'cx_warehouse')(kind)) }} {%- endmacro %}

{% macro default__take_proposals(kind) -%} {%- endmacro %}

{% macro duckdb__take_proposals(kind) -%}
    {%- set proposals -%}
    (
        select *
        from ({{ cx_warehouse.judged_proposals("read_parquet('" ~ cx_warehouse.raw_directory() ~ "/ops.proposals.*.parquet', union_by_name = true, hive_partitioning = false)") }}) as judged
        where outcome = 'taken' and kind = '{{ kind }}'
    ) as proposals
    {%- endset -%}
    {%- if kind == 'assumption' -%}
    update {{ this }}
    set
        low = proposals.low,
        base = proposals.base,
        high = proposals.high,
        owner = proposals.proposed_by,
        source = concat('Proposed', ': ' || proposals.why),
        dated_on = cast(proposals.proposed_at as date)
    from {{ proposals }}
    where assumption = proposals.name
    {%- else -%}
    update {{ this }}
    set
        target = proposals.base,
        target_source = concat('Proposed by ', proposals.proposed_by, ' on ', cast(cast(proposals.proposed_at as date) as varchar))
    from {{ proposals }}
    where metric_id = proposals.name
    {%- endif -%}
{%- endmacro %}
