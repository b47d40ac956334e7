-- Grain: one row per contact of the CRM: by what other tools know the same person.
with

people as (

    select * from {{ ref('hubspot__people') }}

),

final as (

    select
        contact_id,
        coalesce(max(email_hash), contact_id) as person_id
    from people
    group by contact_id

)

select * from final
