-- Grain: one row per contact that became a customer and export that holds it.
-- A contact whom the shop knows under the same address is one customer, the shop's.
{% set columns = cx_warehouse.contract_columns('crm', 'customers') | map(attribute='name') | list %}
with

people as (

    select * from {{ ref('hubspot__people') }}

),

won as (

    select
        contact_id,
        {{ cx_warehouse.instant_to_text('min(' ~ cx_warehouse.read_instant('closed_at') ~ ')') }} as first_won_at
    from {{ ref('hubspot__deals') }}
    where is_won
    group by contact_id

),

{%- if 'shopify' in var('cx_connectors', []) %}

known_elsewhere as (

    select distinct email as email_hash from {{ ref('shopify__crm__customers') }} where email is not null

),
{%- endif %}

-- Whoever is no customer yet is none: a lead is not somebody who could stay. Where the stage is not told all are kept.
mapped as (

    select
        people.contact_id as customer_id,
        people.email_hash as email,
        {{ cx_warehouse.unfilled() }} as segment,
        people.country_name as region,
        {{ cx_warehouse.unfilled() }} as country,
        {{ cx_warehouse.unfilled() }} as timezone,
        lower(people.original_source) as acquisition_channel,
        coalesce(people.won_at, won.first_won_at, people.created_at) as acquired_at,
        {{ cx_warehouse.unfilled() }} as churned_at,
        people.updated_at,
        case when {{ cx_warehouse.is_set('people.is_deleted') }} then people.updated_at end as deleted_at,
        people._file,
        people._line,
        people._load_id,
        people._loaded_at
    from people
    left join won on people.contact_id = won.contact_id
    {%- if 'shopify' in var('cx_connectors', []) %}
    left join known_elsewhere on people.email_hash = known_elsewhere.email_hash
    {%- endif %}
    where
        (
            won.contact_id is not null
            or coalesce(people.stage, 'customer') not in (
                'subscriber', 'lead', 'marketingqualifiedlead', 'salesqualifiedlead', 'opportunity', 'other'
            )
        )
        {%- if 'shopify' in var('cx_connectors', []) %}
        and known_elsewhere.email_hash is null
        {%- endif %}

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
