-- Grain: one row per line of an invoice, from the one export that holds the invoice most fully.
-- Lines have no key and equal lines are real, so two exports whose dates overlap can only be told apart by invoice: each
-- is taken whole from one file. Which file does not depend on the order in which files arrived.
-- A table, because three models read it.
{{ config(materialized='table') }}
with

lines as (

    select * from {{ source('online_retail', 'invoice_lines') }}

),

invoices_in_files as (

    select
        invoice,
        _file,
        _load_id,
        row_number() over (partition by invoice order by count(*) desc, _file desc, _load_id desc) as file_rank
    from lines
    group by invoice, _file, _load_id

),

-- A line without an invoice number belongs to none; it is kept, and its order is rejected for want of an id.
in_force as (

    select lines.*
    from lines
    inner join invoices_in_files
        on
            coalesce(lines.invoice, '') = coalesce(invoices_in_files.invoice, '')
            and lines._file = invoices_in_files._file
            and lines._load_id = invoices_in_files._load_id
            and invoices_in_files.file_rank = 1

),

typed as (

    select
        *,
        {{ cx_warehouse.read_integer('quantity') }} as unit_count,
        {{ cx_warehouse.read_decimal('price') }} as unit_price_amount
    from in_force

),

-- The till writes a stock code in either case ('79323P', '79323p'): it is one article.
final as (

    select
        invoice as invoice_id,
        customerid as customer_id,
        country,
        upper(trim(stockcode)) as stock_code,
        unit_count,
        unit_count * unit_price_amount as line_amount,
        case
            when unit_count is null or unit_price_amount is null then concat(quantity, ' × ', price)
        end as unreadable_text,
        coalesce(upper(invoice) like 'C%', false) as is_cancellation,
        invoicedate as invoiced_wall,
        _file,
        _line,
        _load_id,
        _loaded_at
    from typed

)

select * from final
