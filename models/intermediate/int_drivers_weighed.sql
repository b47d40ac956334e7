-- Grain: one row per outcome × replicate: the relative weights of all drivers.
{%- set drivers = cx_warehouse.drivers() %}
with

correlated as (

    select * from {{ ref('int_drivers_correlated') }}

),

weighed as (

    {{ cx_warehouse.relative_weights('correlated', ['outcome', 'left_out'], drivers | length) }}

),

-- Where the drivers account for everything, rounding may make it a trace more than that.
final as (

    select
        outcome,
        left_out,
        {%- for name, words, good in drivers %}
        case when weight_{{ loop.index }} > 1 then 1e0 else weight_{{ loop.index }} end as weight_{{ loop.index }},
        {%- endfor %}
        case when r_squared > 1 then 1e0 else r_squared end as r_squared,
        root_error
    from weighed

)

select * from final
