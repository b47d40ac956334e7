-- Grain: one row per initiative, the version in force at as_of.
with

initiatives as (

    {{ cx_warehouse.current_rows('crm', 'initiatives') }}

),

ref_touchpoints as (

    select touchpoint from {{ ref('ref_touchpoints') }}

),

final as (

    select
        initiatives.initiative_id,
        initiatives.name,
        initiatives.touchpoint,
        initiatives.region,
        initiatives.segment,
        initiatives.service_level,
        initiatives.started_on,
        initiatives.deadline_on,
        initiatives.target_metric,
        initiatives.target_value,
        initiatives.owner,
        false as is_orphan,
        (initiatives.touchpoint is not null and ref_touchpoints.touchpoint is null) as is_unmapped,
        initiatives.is_later_version,
        initiatives.version_at,
        initiatives._load_id,
        initiatives._file,
        initiatives._line
    from initiatives
    left join ref_touchpoints on initiatives.touchpoint = ref_touchpoints.touchpoint

)

select * from final
