-- Grain: one row per customer and version; is_current marks the one in force at as_of.
-- History comes from the versions that were landed, by the instant at which they were written, so it does not depend on
-- when builds ran.
with

versions as (

    select
        versions.*,
        row_number() over (
            partition by versions.customer_id, versions.version_at
            order by versions._row_hash desc, versions._file desc, versions._line desc
        ) as same_instant_rank
    from {{ ref('base_crm__customers') }} as versions
    inner join {{ ref('stg_crm__customers') }} as customers on versions.customer_id = customers.customer_id
    cross join {{ ref('stg_as_of') }} as as_of_row
    where
        versions._problems is null
        and (
            versions.version_at <= as_of_row.as_of
            -- A deletion that has not happened yet tells who it is about, where nothing earlier does.
            or (customers.is_later_version and versions.version_at = customers.version_at)
        )

),

-- A version holds until the next one is written or the row is deleted; who came back after that has a gap.
spanned as (

    select
        versions.*,
        lead(version_at) over (partition by customer_id order by version_at) as next_version_at
    from versions
    where same_instant_rank = 1

),

as_of_row as (

    select as_of from {{ ref('stg_as_of') }}

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['versions.customer_id', 'versions.version_at']) }} as customer_version_id,
        versions.customer_id,
        versions.email as email_hash,
        coalesce(versions.segment, 'unknown') as segment,
        coalesce(versions.region, 'unknown') as region,
        versions.country,
        {{ cx_warehouse.known_timezone('versions.timezone') }} as timezone,
        versions.acquisition_channel,
        cast(
            row_number() over (partition by versions.customer_id order by versions.version_at) as {{ dbt.type_bigint() }}
        ) as version_number,
        versions.next_version_at is null as is_current,
        case when versions.acquired_at <= as_of_row.as_of then versions.acquired_at end as acquired_at,
        case when versions.churned_at <= as_of_row.as_of then versions.churned_at end as churned_at,
        versions.version_at as valid_from,
        versions.next_version_at as valid_to
    from spanned as versions
    cross join as_of_row
    where versions.deleted_at is null or versions.deleted_at > as_of_row.as_of

)

select
    customer_version_id,
    customer_id,
    email_hash,
    segment,
    region,
    country,
    timezone,
    acquisition_channel,
    version_number,
    is_current,
    acquired_at,
    churned_at,
    valid_from,
    valid_to
from final
