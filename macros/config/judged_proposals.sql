{#- What became of every proposal of a relation with the columns of ops.proposals: refused (it has a problem), not_yet (made
    after the as_of that was named), taken (the latest of its name) or superseded. The default as_of is that of the data,
    which knows nothing of what leaders assume, so then every proposal counts. -#}
{% macro judged_proposals(relation) -%}
    select
        ranked.*,
        case
            when problem is not null then 'refused'
            when is_later then 'not_yet'
            when proposal_rank = 1 then 'taken'
            else 'superseded'
        end as outcome
    from (
        select
            dated.*,
            row_number() over (
                partition by kind, name, problem is null, is_later order by proposed_at desc, file desc, line desc
            ) as proposal_rank
        from (
            select
                proposals.*,
                {% if var('cx_as_of') -%}
                coalesce(proposed_at > {{ cx_warehouse.read_instant("'" ~ var('cx_as_of') ~ "'") }}, false)
                {%- else -%}
                false
                {%- endif %} as is_later
            from {{ relation }} as proposals
        ) as dated
    ) as ranked
{%- endmacro %}
