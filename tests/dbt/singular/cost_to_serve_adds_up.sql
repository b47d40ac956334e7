-- Customers add up to deciles and `unknown`, these with guests and nobody to all, and all is what the facts hold: to the cent.
{%- set amounts = ['revenue_amount', 'margin_amount', 'shipping_cost_amount', 'contact_cost_amount', 'adjustment_amount', 'net_amount'] %}
with

served as (

    select * from {{ ref('mart_cost_to_serve') }}

),

splits as (

    select
        'customers' as split,
        {%- for column in amounts %}
        sum(case when row_kind = 'customer' then {{ column }} end) as {{ column }},
        sum(case when row_kind in ('decile', 'unknown') then {{ column }} end) as {{ column }}_expected{{ ',' if not loop.last }}
        {%- endfor %}
    from served

    union all

    select
        'groups' as split,
        {%- for column in amounts %}
        sum(case when row_kind not in ('customer', 'all') then {{ column }} end) as {{ column }},
        sum(case when row_kind = 'all' then {{ column }} end) as {{ column }}_expected{{ ',' if not loop.last }}
        {%- endfor %}
    from served

    union all

    select
        'facts' as split,
        served.revenue_amount,
        (select sum(amount) from {{ ref('fct_orders') }} where status <> 'cancelled') as revenue_amount_expected,
        served.margin_amount,
        (select sum(margin_amount) from {{ ref('fct_orders') }} where status <> 'cancelled') as margin_amount_expected,
        served.shipping_cost_amount,
        (select sum(shipping_cost_amount) from {{ ref('fct_orders') }}) as shipping_cost_amount_expected,
        served.contact_cost_amount,
        (select sum(cost_amount) from {{ ref('fct_contacts') }}) as contact_cost_amount_expected,
        served.adjustment_amount,
        (select sum(adjustment_amount) from {{ ref('fct_adjustments') }}) as adjustment_amount_expected,
        served.net_amount,
        served.net_amount as net_amount_expected
    from served
    where served.row_kind = 'all'

)

select *
from splits
where
    {%- for column in amounts %}
    abs({{ column }} - {{ column }}_expected) >= 0.005{{ ' or' if not loop.last }}
    {%- endfor %}
