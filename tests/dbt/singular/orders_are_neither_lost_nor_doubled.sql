-- One row per order in force, whatever was joined to it.
with

staged as (

    select count(*) as row_count, count(distinct order_id) as order_count from {{ ref('stg_fulfilment__orders') }}

),

published as (

    select count(*) as row_count from {{ ref('fct_orders') }}

)

select *
from staged
cross join published
where staged.row_count <> published.row_count or staged.row_count <> staged.order_count
