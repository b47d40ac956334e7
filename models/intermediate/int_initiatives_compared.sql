-- Grain: one row per initiative × design × metric × group × month, on one side of the comparison.
with

assigned as (

    select * from {{ ref('int_initiatives_assigned') }}

),

grouped as (

    select * from {{ ref('int_outcomes_grouped') }}

),

asked as (

    select * from {{ ref('int_initiatives_asked') }}

),

compared as (

    select
        assigned.initiative_id,
        assigned.design,
        asked.metric_id,
        assigned.arm,
        assigned.group_key,
        assigned.is_wholly_overlapped,
        assigned.treated_kind,
        grouped.month_number,
        assigned.start_month,
        grouped.month_number >= assigned.first_after_month as is_after,
        grouped.observation_count,
        grouped.known_count,
        grouped.unknown_count,
        grouped.value_sum,
        grouped.value_squares,
        grouped.value_counts,
        grouped.count_squares
    from assigned
    inner join asked on assigned.initiative_id = asked.initiative_id
    inner join grouped
        on assigned.region = grouped.region
        and assigned.segment = grouped.segment
        and assigned.service_level = grouped.service_level
        and asked.metric_id = grouped.metric_id
        and (grouped.touchpoint is null or grouped.touchpoint = assigned.touchpoint)
    where
        (assigned.design = 'alone' or {{ cx_warehouse.is_customer_month_metric('asked.metric_id') }})
        and grouped.month_number between assigned.first_before_month and assigned.last_after_month
        and (
            grouped.month_number >= assigned.first_after_month
            -- Whom 90 days of follow-up carry past the start is on neither side.
            or grouped.month_number < assigned.start_month - case when asked.metric_id = 'retention_90d' then 3 else 0 end
        )

),

final as (

    select
        initiative_id,
        design,
        metric_id,
        arm,
        group_key,
        is_wholly_overlapped,
        treated_kind,
        month_number,
        start_month,
        is_after,
        sum(observation_count) as observation_count,
        sum(known_count) as known_count,
        sum(unknown_count) as unknown_count,
        {{ cx_warehouse.steady_sum('value_sum') }} as value_sum,
        {{ cx_warehouse.steady_sum('value_squares') }} as value_squares,
        {{ cx_warehouse.steady_sum('value_counts') }} as value_counts,
        sum(count_squares) as count_squares
    from compared
    group by
        initiative_id, design, metric_id, arm, group_key, is_wholly_overlapped, treated_kind, month_number, start_month, is_after

)

select * from final
