-- Grain: one row per outcome × replicate: the relative weights of all drivers.
with

correlated as (

    select * from {{ ref('int_drivers_correlated') }}

),

final as (

    {{ cx_warehouse.relative_weights('correlated', ['outcome', 'left_out'], cx_warehouse.drivers() | length) }}

)

select * from final
