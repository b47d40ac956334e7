-- Grain: one row per cancellation.
{% set columns = cx_warehouse.contract_columns('fulfilment', 'adjustments') | map(attribute='name') | list %}
with

invoices as (

    select * from {{ ref('online_retail__invoices') }} where is_cancellation

),

cancelled_lines as (

    select * from {{ ref('online_retail__invoice_lines') }} where is_cancellation

),

sold_lines as (

    select * from {{ ref('online_retail__invoice_lines') }} where not is_cancellation

),

-- A cancellation does not name its invoice. The last time the same customer bought the same article is the likeliest.
candidates as (

    select
        cancelled_lines.invoice_id,
        sold_lines.invoice_id as order_id,
        row_number() over (
            partition by cancelled_lines.invoice_id
            order by sold_lines.invoiced_wall desc, sold_lines.invoice_id desc
        ) as candidate_rank
    from cancelled_lines
    inner join sold_lines
        on
            cancelled_lines.customer_id = sold_lines.customer_id
            and cancelled_lines.stock_code = sold_lines.stock_code
            and cancelled_lines.invoiced_wall >= sold_lines.invoiced_wall

),

-- Where no such purchase is in the export (or the customer is unknown) the cancellation's own number stands in: an
-- order nobody has, so that it is kept, flagged and counted as an orphan.
mapped as (

    select
        invoices.invoice_id as adjustment_id,
        coalesce(candidates.order_id, invoices.invoice_id) as order_id,
        cast(null as {{ dbt.type_string() }}) as contact_id,
        'refund' as kind,
        invoices.credited_amount as amount,
        'GBP' as currency,
        'cancellation' as reason,
        invoices.invoiced_at as adjusted_at,
        invoices.last_invoiced_at as updated_at,
        cast(null as {{ dbt.type_string() }}) as deleted_at,
        invoices._file,
        invoices._line,
        invoices._load_id,
        invoices._loaded_at
    from invoices
    left join candidates
        on
            invoices.invoice_id = candidates.invoice_id
            and candidates.candidate_rank = 1

),

final as (

    select
        *,
        {{ cx_warehouse.row_hash(columns) }} as _row_hash
    from mapped

)

select * from final
