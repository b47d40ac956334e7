-- Grain: one row per initiative × case × month, and one per case × month for the headline.
-- What the effects on margin and on service cost come to in each month, for the customers an initiative may claim, and what
-- it cost. Claims are cut where they add up to more than was measured on everybody treated together.
with

projected as (

    select * from {{ ref('int_initiatives_projected') }}

),

cases as (

    select * from {{ ref('int_assumptions_cased') }}

),

published as (

    select
        initiative_id,
        max(case when metric_id = 'net_margin_per_customer_month' then grade end) as grade,
        {% for name, metric_id in [
            ('margin', 'margin_per_customer_month'), ('cost', 'service_cost_per_customer_month'), ('net', 'net_margin_per_customer_month')
        ] -%}
        max(case when metric_id = '{{ metric_id }}' then effect end) as {{ name }}_effect
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ ref('mart_initiative_effects') }}
    group by initiative_id

),

-- What does not vary is withheld (nobody cost anything in service, say): it is what the other two leave.
effects as (

    select
        initiative_id,
        grade,
        coalesce(margin_effect, net_effect + cost_effect) as margin_effect,
        coalesce(cost_effect, margin_effect - net_effect) as cost_effect
    from published

),

measured as (

    select
        initiative_id,
        case_id,
        sum(case when is_measured then customer_count else 0 end) as customer_month_count
    from projected
    group by initiative_id, case_id

),

claims as (

    select
        measured.initiative_id,
        measured.case_id,
        effects.margin_effect - cases.marginal_service_cost_share * effects.cost_effect as net_effect,
        (effects.margin_effect - cases.marginal_service_cost_share * effects.cost_effect) * measured.customer_month_count as claimed_amount,
        measured.customer_month_count
    from measured
    inner join cases on measured.case_id = cases.case_id
    inner join effects on measured.initiative_id = effects.initiative_id

),

added as (

    select
        claims.case_id,
        {{ cx_warehouse.steady_sum('case when claims.claimed_amount > 0 then claims.claimed_amount else 0 end') }} as gained_amount,
        {{ cx_warehouse.steady_sum('case when claims.claimed_amount < 0 then claims.claimed_amount else 0 end') }} as lost_amount,
        max(jointly.margin_effect - cases.marginal_service_cost_share * jointly.cost_effect)
        * sum(case when claims.net_effect is not null then claims.customer_month_count end) as joint_amount
    from claims
    inner join cases on claims.case_id = cases.case_id
    left join effects as jointly on jointly.initiative_id = 'all'
    group by claims.case_id

),

-- Gains are cut, losses are not: the sum comes down to what was measured together. Where nothing was measured together
-- nothing can be claimed.
scales as (

    select
        case_id,
        joint_amount,
        case
            when gained_amount <= 0 or gained_amount + lost_amount <= joint_amount then 1e0
            else greatest(coalesce({{ cx_warehouse.ratio('joint_amount - lost_amount', 'gained_amount') }}, 0e0), 0e0)
        end as claim_scale
    from added

),

scaled as (

    select
        projected.*,
        effects.grade,
        scales.joint_amount,
        case when claims.net_effect > 0 then scales.claim_scale else 1e0 end as claim_scale,
        effects.margin_effect * case when claims.net_effect > 0 then scales.claim_scale else 1e0 end as margin_effect,
        effects.cost_effect * case when claims.net_effect > 0 then scales.claim_scale else 1e0 end as cost_effect
    from projected
    left join effects on projected.initiative_id = effects.initiative_id
    left join claims on projected.initiative_id = claims.initiative_id and projected.case_id = claims.case_id
    left join scales on projected.case_id = scales.case_id

),

valued as (

    select
        scaled.*,
        effective_customer_count * margin_effect as margin_amount,
        0e0 - effective_customer_count * marginal_service_cost_share * cost_effect as saved_amount
    from scaled

),

-- The headline: grades A and B with a return to add, from the month in which the first of them started.
headline as (

    select
        valued.*,
        min(start_month) over (partition by case_id) as first_start_month
    from valued
    where grade in ('A', 'B') and margin_effect is not null and cost_effect is not null

),

together as (

    select
        initiative_id,
        case_id,
        grade,
        month_number,
        months_since_start,
        is_measured,
        is_spent,
        discount_factor,
        claim_scale,
        customer_count,
        effective_customer_count,
        margin_amount,
        saved_amount,
        cost_amount
    from valued

    union all

    select
        'all' as initiative_id,
        case_id,
        max(grade) as grade,
        month_number,
        month_number - first_start_month as months_since_start,
        max(case when is_measured then 1 else 0 end) = 1 as is_measured,
        min(case when is_spent then 1 else 0 end) = 1 as is_spent,
        {{ cx_warehouse.present_value('1', 'max(discount_rate)', '1e0 * (month_number - first_start_month) / 12.0') }} as discount_factor,
        cast(null as double) as claim_scale,
        sum(customer_count) as customer_count,
        {{ cx_warehouse.steady_sum('effective_customer_count') }} as effective_customer_count,
        {{ cx_warehouse.steady_sum('margin_amount') }} as margin_amount,
        {{ cx_warehouse.steady_sum('saved_amount') }} as saved_amount,
        -- One of which nobody knows what it cost leaves the sum unknown: without it the headline would hold the others alone.
        case when count(*) = count(cost_amount) then {{ cx_warehouse.steady_sum('cost_amount') }} end as cost_amount
    from headline
    group by case_id, month_number, first_start_month

),

netted as (

    select
        together.*,
        margin_amount + saved_amount - cost_amount as net_amount
    from together

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['initiative_id', 'case_id', 'month_number']) }} as roi_cash_id,
        initiative_id,
        case_id,
        grade,
        {{ cx_warehouse.number_month('month_number') }} as month,
        cast(months_since_start as {{ dbt.type_bigint() }}) as months_since_start,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        effective_customer_count,
        discount_factor,
        claim_scale,
        margin_amount,
        saved_amount,
        cost_amount,
        net_amount,
        net_amount * discount_factor as discounted_amount,
        -- Unknown in one month is unknown from then on.
        case
            when count(net_amount) over months_so_far = count(*) over months_so_far
                then cast(sum(cast(net_amount as numeric(38, 10))) over months_so_far as double)
        end as cumulative_amount,
        case
            when count(net_amount) over months_so_far = count(*) over months_so_far
                then cast(sum(cast(net_amount * discount_factor as numeric(38, 10))) over months_so_far as double)
        end as cumulative_discounted_amount,
        coalesce(is_measured, false) as is_measured,
        is_spent
    from netted
    window months_so_far as (
        partition by initiative_id, case_id order by month_number rows between unbounded preceding and current row
    )

)

select
    roi_cash_id,
    initiative_id,
    case_id,
    grade,
    month,
    months_since_start,
    customer_count,
    effective_customer_count,
    discount_factor,
    claim_scale,
    margin_amount,
    saved_amount,
    cost_amount,
    net_amount,
    discounted_amount,
    cumulative_amount,
    cumulative_discounted_amount,
    is_measured,
    is_spent
from final
