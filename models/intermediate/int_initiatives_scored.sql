-- Grain: one row per estimate (initiative or all) × initiative × design × metric × month × side.
-- What an observation adds to an estimate: value_score × its value − count_score × how many it is. Summed over a customer
-- these are the scores from which an error clustered by customer follows. All of it is multiplied by `scale`, the weight
-- of the months before and after, so that rounding to the digits of a steady sum takes nothing away.
-- The estimate `all` adds the initiatives up, each by the customer-months it treats.
{%- set estimates = ['effect', 'placebo', 'trend'] %}
with

weighted as (

    select * from {{ ref('int_initiatives_weighted') }}

),

treated as (

    select
        initiative_id,
        metric_id,
        sum(case when is_after then treated_count else 0 end) as after_count
    from weighted
    where design = 'joint'
    group by initiative_id, metric_id

),

shares as (

    select
        initiative_id,
        metric_id,
        {{ cx_warehouse.ratio('after_count', 'sum(after_count) over (partition by metric_id)') }} as treated_share_of_all
    from treated

),

estimates as (

    select
        initiative_id as estimate_id,
        'alone' as estimate_design,
        weighted.*,
        1e0 as share_of_estimate,
        before_weight + after_weight as scale
    from weighted
    where design = 'alone'

    union all

    select
        'all' as estimate_id,
        'joint' as estimate_design,
        weighted.*,
        shares.treated_share_of_all as share_of_estimate,
        max(weighted.before_weight + weighted.after_weight) over (partition by weighted.metric_id) as scale
    from weighted
    inner join shares on weighted.initiative_id = shares.initiative_id and weighted.metric_id = shares.metric_id
    where weighted.design = 'joint'

),

sides as (

    select 'treated' as arm, 1e0 as is_treated
    union all
    select 'control' as arm, 0e0 as is_treated

),

scored as (

    select
        estimates.*,
        sides.arm,
        {% for estimate in estimates -%}
        share_of_estimate * scale * {{ estimate }}_contrast * (sides.is_treated - treated_share) as {{ estimate }}_value_score,
        share_of_estimate * scale * {{ estimate }}_contrast * (sides.is_treated - treated_share)
        * (month_mean + (sides.is_treated - treated_share) * {{ estimate }}_fitted) as {{ estimate }}_count_score
        {{- ',' if not loop.last }}
        {% endfor %}
    from estimates
    cross join sides
    where is_controlled or sides.arm = 'treated'

),

-- Whoever stands from a month on counts in it and in every later one.
final as (

    select
        estimate_id,
        initiative_id,
        design,
        metric_id,
        arm,
        month_number,
        is_after,
        scale,
        share_of_estimate,
        {% for estimate in estimates -%}
        {{ estimate }}_value_score,
        {{ estimate }}_count_score,
        sum({{ estimate }}_count_score) over (
            partition by estimate_id, initiative_id, design, metric_id, arm order by month_number desc
            rows between unbounded preceding and current row
        ) as {{ estimate }}_count_score_onward,
        {% endfor -%}
        lag(month_number) over (partition by estimate_id, initiative_id, design, metric_id, arm order by month_number) as earlier_month_number,
        max(month_number) over (partition by estimate_id, initiative_id, design, metric_id, arm) as last_month
    from scored

)

select * from final
