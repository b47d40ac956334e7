-- Grain: one row per deal and export that holds it, in whichever shape it came.
with

deals_export as (

    select * from {{ source('hubspot', 'deals_export') }}

),

deals as (

    select * from {{ source('hubspot', 'deals') }}

),

stages as (

    select
        stage_id,
        max(closed_won) as closed_won
    from {{ source('hubspot', 'deal_pipeline_stages') }}
    group by stage_id

),

-- A deal of several contacts is counted once, with the first of them.
owners as (

    select
        deal_id,
        min(contact_id) as contact_id
    from {{ source('hubspot', 'deal_contacts') }}
    group by deal_id

),

final as (

    select
        record_id as deal_id,
        nullif(trim({{ cx_warehouse.split_part('associated_contact_ids', ';', 1) }}), '') as contact_id,
        coalesce(
            {{ cx_warehouse.is_set('is_closed_won') }} or lower(replace(deal_stage, ' ', '')) like '%closedwon%', false
        ) as is_won,
        amount,
        currency,
        close_date as closed_at,
        coalesce(last_modified_date, close_date) as updated_at,
        {{ cx_warehouse.unfilled() }} as is_deleted,
        _file,
        _line,
        _load_id,
        _loaded_at
    from deals_export

    union all

    select
        deals.deal_id,
        owners.contact_id,
        coalesce(
            {{ cx_warehouse.is_set('stages.closed_won') }}
            or lower(replace(deals.deal_pipeline_stage_id, ' ', '')) like '%closedwon%',
            false
        ),
        deals.property_amount,
        deals.property_deal_currency_code,
        {{ cx_warehouse.utc_text('deals.property_closedate') }},
        {{ cx_warehouse.utc_text('coalesce(deals.property_hs_lastmodifieddate, deals.property_closedate)') }},
        deals.is_deleted,
        deals._file,
        deals._line,
        deals._load_id,
        deals._loaded_at
    from deals
    left join stages on deals.deal_pipeline_stage_id = stages.stage_id
    left join owners on deals.deal_id = owners.deal_id

)

select * from final
