-- Grain: one row per scheduled flight, as exported.
-- The wall clock at the destination is not that of New York, and the export names no zone: an airport that is listed
-- nowhere here gets no scheduled arrival, so that its promise is rejected rather than hours off.
-- A table, because three models read it.
{{ config(materialized='table') }}
{% set zones = {
    'America/New_York': [
        'ACK', 'ALB', 'ATL', 'AVL', 'BDL', 'BGR', 'BOS', 'BTV', 'BUF', 'BWI', 'CAE', 'CAK', 'CHO', 'CHS', 'CLE', 'CLT',
        'CMH', 'CRW', 'CVG', 'DAY', 'DCA', 'DTW', 'EWR', 'EYW', 'FLL', 'GRR', 'GSO', 'GSP', 'IAD', 'ILM', 'IND', 'JAX',
        'JFK', 'LEX', 'LGA', 'MCO', 'MHT', 'MIA', 'MVY', 'MYR', 'ORF', 'PBI', 'PHL', 'PIT', 'PVD', 'PWM', 'RDU', 'RIC',
        'ROC', 'RSW', 'SAV', 'SBN', 'SDF', 'SRQ', 'SYR', 'TPA', 'TVC', 'TYS'
    ],
    'America/Chicago': [
        'AUS', 'BHM', 'BNA', 'DFW', 'DSM', 'HOU', 'IAH', 'MCI', 'MDW', 'MEM', 'MKE', 'MSN', 'MSP', 'MSY', 'OKC', 'OMA',
        'ORD', 'SAT', 'STL', 'TUL', 'XNA'
    ],
    'America/Denver': ['ABQ', 'BZN', 'DEN', 'EGE', 'HDN', 'JAC', 'MTJ', 'SLC'],
    'America/Phoenix': ['PHX'],
    'America/Los_Angeles': [
        'BUR', 'LAS', 'LAX', 'LGB', 'OAK', 'PDX', 'PSP', 'SAN', 'SEA', 'SFO', 'SJC', 'SMF', 'SNA'
    ],
    'America/Anchorage': ['ANC'],
    'Pacific/Honolulu': ['HNL'],
    'America/Puerto_Rico': ['BQN', 'PSE', 'SJU', 'STT']
} %}
with

flights as (

    select * from {{ source('nycflights13', 'flights') }}

),

weather as (

    select * from {{ source('nycflights13', 'weather') }}

),

-- R writes NA where it knows nothing. A delay that is there but cannot be read must not pass for a cancelled flight, so
-- text and number are kept apart.
texts as (

    select
        *,
        concat(coalesce(year, '2013'), '-', lpad(month, 2, '0'), '-', lpad(day, 2, '0')) as flight_date_text,
        lpad(sched_dep_time, 4, '0') as departure_time_text,
        lpad(sched_arr_time, 4, '0') as arrival_time_text,
        nullif(dep_delay, 'NA') as departure_delay_text,
        nullif(arr_delay, 'NA') as arrival_delay_text,
        case
            {%- for zone, airports in zones.items() %}
            when dest in ('{{ airports | join("', '") }}') then '{{ zone }}'
            {%- endfor %}
        end as destination_zone
    from flights

),

-- The export says nothing of the day of arrival: it is the first time after departure that the clock there shows it.
walls as (

    select
        *,
        concat(flight_date_text, ' 00:00:00') as day_wall,
        concat(
            flight_date_text, ' ', substr(departure_time_text, 1, 2), ':', substr(departure_time_text, 3, 2), ':00'
        ) as departure_wall,
        concat(
            flight_date_text, ' ', substr(arrival_time_text, 1, 2), ':', substr(arrival_time_text, 3, 2), ':00'
        ) as same_day_arrival_wall,
        concat(
            cast({{ cx_warehouse.add_days(cx_warehouse.read_bare_date('flight_date_text'), 1) }} as {{ dbt.type_string() }}),
            ' ', substr(arrival_time_text, 1, 2), ':', substr(arrival_time_text, 3, 2), ':00'
        ) as next_day_arrival_wall
    from texts

),

in_utc as (

    select
        *,
        {{ cx_warehouse.local_to_utc_text('day_wall', "'America/New_York'") }} as day_text,
        {{ cx_warehouse.local_to_utc_text('departure_wall', "'America/New_York'") }} as departure_text,
        {{ cx_warehouse.local_to_utc_text('same_day_arrival_wall', 'destination_zone') }} as same_day_arrival_text,
        {{ cx_warehouse.local_to_utc_text('next_day_arrival_wall', 'destination_zone') }} as next_day_arrival_text
    from walls

),

instants as (

    select
        *,
        {{ cx_warehouse.read_instant('departure_text') }} as scheduled_departure_at,
        {{ cx_warehouse.read_instant('same_day_arrival_text') }} as same_day_arrival_at,
        {{ cx_warehouse.read_instant('next_day_arrival_text') }} as next_day_arrival_at,
        cast({{ cx_warehouse.read_integer('departure_delay_text') }} as {{ dbt.type_bigint() }}) as departure_delay_minutes,
        cast({{ cx_warehouse.read_integer('arrival_delay_text') }} as {{ dbt.type_bigint() }}) as arrival_delay_minutes
    from in_utc

),

schedules as (

    select
        *,
        case
            when same_day_arrival_at > scheduled_departure_at then same_day_arrival_at
            else next_day_arrival_at
        end as scheduled_arrival_at
    from instants

),

-- What happened is what was scheduled plus the delay, so that the gap is the delay to the minute.
actuals as (

    select
        *,
        {{ cx_warehouse.add_seconds('scheduled_departure_at', 'departure_delay_minutes * 60') }} as departed_at,
        {{ cx_warehouse.add_seconds('scheduled_arrival_at', 'arrival_delay_minutes * 60') }} as arrived_at
    from schedules

),

-- An hour comes twice where two files overlap.
hours as (

    select
        origin,
        {{ cx_warehouse.read_instant('time_hour') }} as hour_at,
        max({{ cx_warehouse.read_decimal('precip') }}) > 0 as has_rain
    from weather
    group by origin, {{ cx_warehouse.read_instant('time_hour') }}

),

final as (

    select
        actuals.flight_date_text || '-' || actuals.carrier || '-' || actuals.flight || '-' || actuals.origin as flight_id,
        actuals.carrier,
        actuals.origin,
        actuals.origin || '-' || actuals.dest as lane,
        actuals.day_text,
        actuals.departure_text,
        {{ cx_warehouse.instant_to_text('actuals.scheduled_arrival_at') }} as arrival_text,
        case
            when actuals.departure_delay_text is not null
                then coalesce({{ cx_warehouse.instant_to_text('actuals.departed_at') }}, actuals.departure_delay_text)
        end as departed_text,
        case
            when actuals.arrival_delay_text is not null
                then coalesce({{ cx_warehouse.instant_to_text('actuals.arrived_at') }}, actuals.arrival_delay_text)
        end as arrived_text,
        {{ cx_warehouse.instant_to_text(
            'coalesce(greatest(actuals.departed_at, actuals.arrived_at), actuals.scheduled_departure_at)'
        ) }} as updated_text,
        case
            when actuals.departure_delay_text is null then 'cancelled'
            when actuals.arrival_delay_text is null then 'shipped'
            else 'delivered'
        end as status,
        case when hours.has_rain then 'weather' end as delay_cause,
        actuals._file,
        actuals._line,
        actuals._load_id,
        actuals._loaded_at
    from actuals
    left join hours
        on
            actuals.origin = hours.origin
            and date_trunc('hour', actuals.scheduled_departure_at) = hours.hour_at

)

select * from final
