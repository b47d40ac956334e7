-- Grain: one row per service request, as exported.
{% set local_time = "'America/New_York'" %}
with

requests as (

    select * from {{ source('boston311', 'requests') }}

),

-- The export has no time of writing. The latest instant in the row stands in, so that a later export in which the
-- request is closed wins over an earlier one in which it is open.
in_utc as (

    select
        *,
        {{ cx_warehouse.local_to_utc_text('open_dt', local_time) }} as opened_at,
        {{ cx_warehouse.local_to_utc_text('closed_dt', local_time) }} as resolved_at,
        {{ cx_warehouse.local_to_utc_text('sla_target_dt', local_time) }} as promised_resolution_at,
        {{ cx_warehouse.local_to_utc_text('greatest(open_dt, closed_dt)', local_time) }} as updated_at
    from requests

),

-- Ways in that the city added later pass as it names them.
final as (

    select
        case_enquiry_id as contact_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_string() }}) as order_id,
        'city_services' as touchpoint,
        case source
            when 'Constituent Call' then 'phone'
            when 'Citizens Connect App' then 'app'
            when 'Self Service' then 'web'
            when 'Twitter' then 'social'
            when 'City Worker App' then 'staff'
            when 'Employee Generated' then 'staff'
            else source
        end as channel,
        type as reason,
        opened_at,
        cast(null as {{ dbt.type_string() }}) as first_response_at,
        resolved_at,
        cast(null as {{ dbt.type_string() }}) as abandoned_at,
        cast(null as {{ dbt.type_string() }}) as promised_response_at,
        promised_resolution_at,
        cast(null as {{ dbt.type_string() }}) as handle_minutes,
        cast(null as {{ dbt.type_string() }}) as cost_amount,
        cast(null as {{ dbt.type_string() }}) as currency,
        updated_at,
        cast(null as {{ dbt.type_string() }}) as deleted_at,
        _file,
        _line,
        _load_id,
        _loaded_at,
        _row_hash
    from in_utc

)

select * from final
