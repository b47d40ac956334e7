-- Grain: one row per touchpoint, of the reference list or met in the data.
-- A touchpoint that no list knows is kept and marked, so that nothing measured at it gets lost.
with

listed as (

    select * from {{ ref('ref_touchpoints') }}

),

met as (

    select touchpoint from {{ ref('stg_crm__contacts') }}
    union
    select touchpoint from {{ ref('stg_crm__messages') }}
    union
    select touchpoint from {{ ref('stg_crm__initiatives') }}
    union
    select touchpoint from {{ ref('stg_survey__answers') }}
    union
    select touchpoint from {{ ref('stg_survey__invitations') }}

),

codes as (

    select touchpoint from listed
    union
    select touchpoint from met where touchpoint is not null

),

final as (

    select
        codes.touchpoint,
        coalesce(listed.touchpoint_name, codes.touchpoint) as touchpoint_name,
        listed.touchpoint_kind,
        listed.is_controllable,
        listed.touchpoint is not null as is_mapped
    from codes
    left join listed on codes.touchpoint = listed.touchpoint

)

select
    touchpoint,
    touchpoint_name,
    touchpoint_kind,
    is_controllable,
    is_mapped
from final
