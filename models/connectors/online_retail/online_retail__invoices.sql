-- Grain: one row per invoice, sale or cancellation.
-- Some invoices carry two minutes: the first is when the customer ordered. None here has two customers or countries;
-- should one come, the first in the alphabet counts, on every engine alike.
with

lines as (

    select * from {{ ref('online_retail__invoice_lines') }}

),

-- A sum over lines of which one cannot be read would be short without saying so: the unreadable text takes its place,
-- and typing rejects the invoice with it.
totals as (

    select
        invoice_id,
        min(customer_id) as customer_id,
        min(country) as country,
        coalesce(min(unreadable_text), cast(sum(line_amount) as {{ dbt.type_string() }})) as amount,
        coalesce(min(unreadable_text), cast(-sum(line_amount) as {{ dbt.type_string() }})) as credited_amount,
        coalesce(min(unreadable_text), cast(sum(unit_count) as {{ dbt.type_string() }})) as units,
        is_cancellation,
        min(invoiced_wall) as invoiced_wall,
        max(invoiced_wall) as last_invoiced_wall,
        min(_file) as _file,
        min(_line) as _line,
        max(_load_id) as _load_id,
        max(_loaded_at) as _loaded_at
    from lines
    group by invoice_id, is_cancellation

),

final as (

    select
        *,
        {{ cx_warehouse.local_to_utc_text('invoiced_wall', "'Europe/London'") }} as invoiced_at,
        {{ cx_warehouse.local_to_utc_text('last_invoiced_wall', "'Europe/London'") }} as last_invoiced_at
    from totals

)

select * from final
