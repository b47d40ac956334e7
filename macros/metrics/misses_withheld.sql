{#- A query: one row, withheld_reason: why nothing can be said of kept against missed promises; null where something can.
    is_countable: whether it is known how many there are.
    `needs` names further tables without which there is nothing to say. -#}
{% macro misses_withheld(needs=[]) -%} {{ return(adapter.dispatch('misses_withheld', 'cx_warehouse')(needs)) }} {%- endmacro %}

{% macro default__misses_withheld(needs) -%}
    select
        {{ cx_warehouse.is_present('fulfilment.orders') }} as has_orders,
        -- Where nothing was promised nothing was missed: that is 0, and not unknown.
        {{ cx_warehouse.is_present('fulfilment.orders') }}
        and (
            {{ cx_warehouse.is_present('fulfilment.shipments') }} and {{ cx_warehouse.has_deliveries() }}
            or not exists (select 1 from {{ ref('int_orders_judged') }} where outcome_reason <> 'no_promise')
        ) as is_countable,
        case
            when not {{ cx_warehouse.is_present('fulfilment.orders') }} then 'source fulfilment.orders is absent'
            when not exists (select 1 from {{ ref('int_orders_judged') }} where outcome_reason <> 'no_promise') then 'no order carries a promise'
            when not {{ cx_warehouse.is_present('fulfilment.shipments') }}
                then 'source fulfilment.shipments is absent, so nobody can tell whether a promise was kept'
            when not {{ cx_warehouse.has_deliveries() }} then 'nobody records when shipments arrive, so nobody can tell whether a promise was kept'
            {%- for table in needs %}
            when not {{ cx_warehouse.is_present(table) }} then 'source {{ table }} is absent'
            {%- endfor %}
        end as withheld_reason
{%- endmacro %}
