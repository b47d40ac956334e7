-- Grain: one row per line of a file of proposals, with what became of it.
with

proposals as (

    select * from {{ ref('stg_ops__proposals') }}

),

final as (

    {{ cx_warehouse.judged_proposals('proposals') }}

)

select * from final
