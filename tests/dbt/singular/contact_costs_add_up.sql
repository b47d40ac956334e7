-- Reasons add up to all of them and months to the whole, in contacts and to the cent; and all of them are the facts'.
with

economics as (

    select * from {{ ref('mart_contact_economics') }}

),

reasons as (

    select
        month,
        sum(contact_count) as contact_count,
        sum(known_cost_amount) as known_cost_amount
    from economics
    where contact_reason <> 'all'
    group by month

),

months as (

    select
        contact_reason,
        sum(contact_count) as contact_count,
        sum(known_cost_amount) as known_cost_amount
    from economics
    where month_start_date is not null
    group by contact_reason

),

-- Some tools write the year 1 where they know none: that is in no period.
facts as (

    select
        count(*) as contact_count,
        sum(cost_amount) as known_cost_amount
    from {{ ref('fct_contacts') }}
    where opened_at >= cast('1900-01-02' as {{ dbt.type_timestamp() }})

),

compared as (

    select
        'reasons' as split, economics.month, economics.contact_reason, economics.contact_count, economics.known_cost_amount,
        reasons.contact_count as part_count, reasons.known_cost_amount as part_amount
    from economics
    inner join reasons on economics.month = reasons.month
    where economics.contact_reason = 'all'

    union all

    select
        'months' as split, economics.month, economics.contact_reason, economics.contact_count, economics.known_cost_amount,
        months.contact_count as part_count, months.known_cost_amount as part_amount
    from economics
    inner join months on economics.contact_reason = months.contact_reason
    where economics.month = 'all'

    union all

    select
        'facts' as split, economics.month, economics.contact_reason, economics.contact_count, economics.known_cost_amount,
        facts.contact_count as part_count, facts.known_cost_amount as part_amount
    from economics
    cross join facts
    where economics.month = 'all' and economics.contact_reason = 'all' and economics.contact_count is not null

)

select * from compared
where
    contact_count <> part_count
    -- Withheld is not there to be compared.
    or abs(known_cost_amount - part_amount) >= 0.005
