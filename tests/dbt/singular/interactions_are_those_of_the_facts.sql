-- What happened stands on the timeline as often as in the fact it came from.
with

interactions as (

    select
        interaction_kind,
        count(*) as interaction_count
    from {{ ref('fct_interactions') }}
    group by interaction_kind

),

facts as (

    select 'order' as interaction_kind, count(*) as fact_count from {{ ref('fct_orders') }}
    union all
    select 'promise' as interaction_kind, count(made_at) as fact_count from {{ ref('fct_promises') }} where source = 'explicit'
    union all
    select 'contact' as interaction_kind, count(*) as fact_count from {{ ref('fct_contacts') }}
    union all
    select 'adjustment' as interaction_kind, count(*) as fact_count from {{ ref('fct_adjustments') }}
    union all
    select 'answer' as interaction_kind, count(responded_at) as fact_count from {{ ref('fct_answers') }}

)

select *
from facts
left join interactions on facts.interaction_kind = interactions.interaction_kind
where facts.fact_count <> coalesce(interactions.interaction_count, 0)
