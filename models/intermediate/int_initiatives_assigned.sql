-- Grain: one row per initiative × design × region × segment × service level that is on one side of its comparison.
-- Design `alone` isolates one initiative: out of the comparison is whatever another one treats in the window. Design
-- `joint` gives each customer to one initiative, so that what all of them brought can be added up.
-- Who is treated by everyone's initiative is so on both sides; nobody would be left to compare with if that put them out.
with

cells as (

    select region, segment, service_level
    from {{ ref('int_outcomes_grouped') }}
    group by region, segment, service_level

),

initiatives as (

    select
        windowed.*,
        -- Without anybody to compare with the evidence is the weakest, so it comes last when customers are given out.
        row_number() over (order by case when treated_kind = 'everyone' then 1 else 0 end, started_on, initiative_id) as claim_rank
    from {{ ref('int_initiatives_windowed') }} as windowed
    where is_started

),

-- A customer whose region nobody knows may be treated or not, and is on no side.
matched as (

    select
        initiatives.*,
        cells.region as cell_region,
        cells.segment as cell_segment,
        cells.service_level as cell_service_level,
        {% for dimension in ['region', 'segment', 'service_level'] -%}
        (initiatives.{{ dimension }} is null or initiatives.{{ dimension }} = cells.{{ dimension }})
        {{- ' and' if not loop.last else ' as is_treated,' }}
        {% endfor -%}
        {% for dimension in ['region', 'segment', 'service_level'] -%}
        (initiatives.{{ dimension }} is null or initiatives.{{ dimension }} = cells.{{ dimension }} or cells.{{ dimension }} = 'unknown')
        {{- ' and' if not loop.last else ' as is_perhaps_treated' }}
        {% endfor -%}
    from initiatives
    cross join cells

),

treatments as (

    select * from matched where is_treated

),

crossed as (

    select
        matched.initiative_id,
        matched.cell_region,
        matched.cell_segment,
        matched.cell_service_level,
        max(case when others.treated_kind <> 'everyone' and others.start_month <= matched.last_after_month then 1 else 0 end) as is_elsewhere_treated,
        max(case
            when
                others.treated_kind <> 'everyone'
                and others.first_after_month > matched.first_before_month
                and others.start_month <= matched.last_after_month
                then 1
            else 0
        end) as is_overlapped,
        min(others.claim_rank) as others_claim_rank
    from matched
    left join treatments as others
        on matched.cell_region = others.cell_region
        and matched.cell_segment = others.cell_segment
        and matched.cell_service_level = others.cell_service_level
        and matched.initiative_id <> others.initiative_id
    group by matched.initiative_id, matched.cell_region, matched.cell_segment, matched.cell_service_level

),

sided as (

    select
        matched.*,
        crossed.is_elsewhere_treated = 1 as is_elsewhere_treated,
        crossed.is_overlapped = 1 as is_overlapped,
        matched.is_treated and coalesce(matched.claim_rank < crossed.others_claim_rank, true) as is_claimed,
        -- Where another initiative treats all of them there is nothing left to tell the two apart.
        min(case when matched.is_treated then crossed.is_overlapped end) over (partition by matched.initiative_id) = 1 as is_wholly_overlapped
    from matched
    inner join crossed
        on matched.initiative_id = crossed.initiative_id
        and matched.cell_region = crossed.cell_region
        and matched.cell_segment = crossed.cell_segment
        and matched.cell_service_level = crossed.cell_service_level

),

arms as (

    select
        sided.*,
        'alone' as design,
        case
            when is_treated and (not is_overlapped or is_wholly_overlapped) then 'treated'
            when not is_perhaps_treated and not is_elsewhere_treated then 'control'
        end as arm
    from sided

    union all

    select
        sided.*,
        'joint' as design,
        case
            when is_claimed then 'treated'
            when not is_perhaps_treated and not is_elsewhere_treated then 'control'
        end as arm
    from sided

),

final as (

    select
        initiative_id,
        design,
        touchpoint,
        cell_region as region,
        cell_segment as segment,
        cell_service_level as service_level,
        arm,
        -- What could have been treated in the place of what was: another region, another segment.
        {{ cx_warehouse.surrogate_key([
            'case when region is not null then cell_region end',
            'case when segment is not null then cell_segment end',
            'case when service_level is not null then cell_service_level end',
        ]) }} as group_key,
        treated_kind,
        coalesce(is_wholly_overlapped, false) as is_wholly_overlapped,
        start_month,
        first_before_month,
        first_after_month,
        last_after_month
    from arms
    where arm is not null

)

select * from final
