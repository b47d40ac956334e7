{#- The metrics per customer and month by which initiatives are judged: how each follows from what a customer's orders of
    a month brought and cost, and from how many of these orders that is not known. -#}
{% macro customer_month_metrics() %}
    {{ return(adapter.dispatch('customer_month_metrics', 'cx_warehouse')()) }}
{% endmacro %}
{% macro default__customer_month_metrics() %}
    {{ return({
        'orders_per_customer_month': {'value': 'order_count', 'unknown': '0'},
        'margin_per_customer_month': {'value': 'margin_amount', 'unknown': 'unknown_margin_count'},
        'service_cost_per_customer_month': {'value': 'service_cost_amount', 'unknown': 'unknown_cost_count'},
        'net_margin_per_customer_month': {
            'value': 'margin_amount - service_cost_amount',
            'unknown': '(unknown_margin_count + unknown_cost_count)',
        },
    }) }}
{% endmacro %}

{#- Whether a metric is one of them. -#}
{% macro is_customer_month_metric(metric_id) -%}
    (
        {%- for name in cx_warehouse.customer_month_metrics() -%}
        {{ metric_id }} = '{{ name }}'{{ ' or ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
