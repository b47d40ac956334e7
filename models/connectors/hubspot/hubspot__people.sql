-- Grain: one row per contact of the CRM and export that holds it, in whichever shape it came.
with

contacts_export as (

    select * from {{ source('hubspot', 'contacts_export') }}

),

contacts as (

    select * from {{ source('hubspot', 'contacts') }}

),

shapes as (

    select
        record_id as contact_id,
        email as email_hash,
        create_date as created_at,
        became_a_customer_date as won_at,
        coalesce(last_modified_date, create_date) as updated_at,
        {{ cx_warehouse.unfilled() }} as is_deleted,
        lifecycle_stage,
        country_region as country_name,
        original_source,
        _file,
        _line,
        _load_id,
        _loaded_at
    from contacts_export

    union all

    select
        id,
        property_email,
        {{ cx_warehouse.utc_text('property_createdate') }},
        {{ cx_warehouse.utc_text('property_hs_lifecyclestage_customer_date') }},
        {{ cx_warehouse.utc_text('coalesce(property_lastmodifieddate, property_createdate)') }},
        fivetran_deleted,
        property_lifecyclestage,
        property_country,
        property_hs_analytics_source,
        _file,
        _line,
        _load_id,
        _loaded_at
    from contacts

),

final as (

    select
        *,
        lower(replace(lifecycle_stage, ' ', '')) as stage
    from shapes

)

select * from final
