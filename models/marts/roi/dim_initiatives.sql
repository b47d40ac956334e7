-- Grain: one row per initiative, as it stands at as_of.
with

initiatives as (

    select * from {{ ref('int_initiatives_windowed') }}

),

costs as (

    select * from {{ ref('int_initiatives_spent') }}

),

as_of_row as (

    select {{ cx_warehouse.local_date('as_of', cx_warehouse.business_timezone()) }} as as_of_date from {{ ref('stg_as_of') }}

),

-- Approval and acceptance are decisions, which no data tell: somebody has to say so.
decided as (

    select
        states.initiative_id,
        states.state,
        states.who,
        states.dated_on,
        row_number() over (partition by states.initiative_id order by states.dated_on desc, states.state) as state_rank
    from {{ ref('ref_initiative_states') }} as states
    cross join as_of_row
    where states.dated_on <= as_of_row.as_of_date

),

spent as (

    select
        initiative_id,
        count(*) as cost_count,
        count(*) - count(spent_amount) as unpriced_count,
        sum(spent_amount) as spent_amount
    from costs
    group by initiative_id

),

derived as (

    select
        initiatives.*,
        case
            when not is_started then 1
            when is_window_over or is_deadline_over then 4
            when is_started then 3
        end as derived_rank,
        case decided.state
            when 'proposed' then 1 when 'approved' then 2 when 'running' then 3 when 'measured' then 4 when 'finance_accepted' then 5
        end as decided_rank,
        decided.who,
        decided.dated_on
    from initiatives
    left join decided on initiatives.initiative_id = decided.initiative_id and decided.state_rank = 1

),

final as (

    select
        derived.initiative_id,
        derived.name as initiative_name,
        derived.touchpoint,
        derived.treated_kind,
        derived.region,
        derived.segment,
        derived.service_level,
        derived.target_metric,
        derived.owner,
        -- What has come to pass is not undone by an older decision. Where nothing has happened yet there is no as_of to tell by.
        case case when derived.derived_rank is not null then greatest(derived.derived_rank, coalesce(derived.decided_rank, 0)) end
            when 1 then 'proposed' when 2 then 'approved' when 3 then 'running' when 4 then 'measured' when 5 then 'finance_accepted'
        end as state,
        case when derived.decided_rank > derived.derived_rank then derived.who end as state_by,
        derived.target_value,
        case
            when not {{ cx_warehouse.is_present('crm.initiative_costs') }} then null
            when spent.initiative_id is null then 0
            when spent.unpriced_count = 0 then spent.spent_amount
        end as spent_amount,
        derived.started_on,
        derived.deadline_on,
        case when derived.decided_rank > derived.derived_rank then derived.dated_on end as state_on
    from derived
    left join spent on derived.initiative_id = spent.initiative_id

)

select
    initiative_id,
    initiative_name,
    touchpoint,
    treated_kind,
    region,
    segment,
    service_level,
    target_metric,
    owner,
    state,
    state_by,
    target_value,
    cast(spent_amount as numeric(28, 6)) as spent_amount,
    started_on,
    deadline_on,
    state_on
from final
