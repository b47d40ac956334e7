{#- A query: one row per reporting period. contacts_reason: why contacts are not known to its end; cost_reason: why what serving
    took is not, which is known as far as contacts and adjustments are. Null where they are. -#}
{% macro serving_observed() -%}
    select
        month,
        max(case when source_table = 'crm.contacts' then reason end) as contacts_reason,
        {{ cx_warehouse.joined_text('reason', ', ') }} as cost_reason
    from {{ ref('int_periods_observed') }}
    group by month
{%- endmacro %}
