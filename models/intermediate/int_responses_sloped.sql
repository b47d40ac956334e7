-- Grain: one row per metric × scale: slopes of the response below and above a gap of 0, with their covariance clustered by customer.
-- Regressors stand about their means, so the constant need not be carried along; sums per customer first, since customers
-- order more than once.
with

responses as (

    select
        cluster_id,
        metric,
        scale,
        response,
        least(gap_days, 0e0) as below,
        greatest(gap_days, 0e0) as above
    from {{ ref('int_orders_responded') }}
    where gap_days is not null and response is not null

),

means as (

    select
        metric,
        scale,
        count(*) as observation_count,
        {{ cx_warehouse.steady_avg('response') }} as response_mean,
        {{ cx_warehouse.steady_avg('below') }} as below_mean,
        {{ cx_warehouse.steady_avg('above') }} as above_mean
    from responses
    group by metric, scale

),

centred as (

    select
        responses.cluster_id,
        responses.metric,
        responses.scale,
        responses.below - means.below_mean as below,
        responses.above - means.above_mean as above,
        responses.response - means.response_mean as response
    from responses
    inner join means on responses.metric = means.metric and responses.scale = means.scale

),

squares as (

    select
        metric,
        scale,
        {%- for first, second in [
            ('below', 'below'), ('below', 'above'), ('above', 'above'), ('below', 'response'), ('above', 'response'),
        ] %}
        {{ cx_warehouse.steady_sum(first ~ ' * ' ~ second) }} as {{ first }}_{{ second }}{{ ',' if not loop.last }}
        {%- endfor %}
    from centred
    group by metric, scale

),

fitted as (

    select
        squares.*,
        {{ cx_warehouse.kinked_slope('below_below', 'above_above', 'below_above', 'below_response', 'above_response') }} as slope_below,
        {{ cx_warehouse.kinked_slope('above_above', 'below_below', 'below_above', 'above_response', 'below_response') }} as slope_above,
        {%- set determinant = '(below_below * above_above - below_above * below_above)' %}
        {{ cx_warehouse.ratio('above_above', determinant) }} as bread_below,
        {{ cx_warehouse.ratio('(-below_above)', determinant) }} as bread_product,
        {{ cx_warehouse.ratio('below_below', determinant) }} as bread_above
    from squares

),

scores as (

    select
        centred.metric,
        centred.scale,
        centred.cluster_id,
        {%- for part in ['below', 'above'] %}
        {{ cx_warehouse.steady_sum(
            'centred.' ~ part ~ ' * (centred.response - fitted.slope_below * centred.below - fitted.slope_above * centred.above)'
        ) }} as {{ part }}_score{{ ',' if not loop.last }}
        {%- endfor %}
    from centred
    inner join fitted on centred.metric = fitted.metric and centred.scale = fitted.scale
    group by centred.metric, centred.scale, centred.cluster_id

),

meat as (

    select
        metric,
        scale,
        count(*) as cluster_count,
        {{ cx_warehouse.steady_sum('below_score * below_score') }} as meat_below,
        {{ cx_warehouse.steady_sum('below_score * above_score') }} as meat_product,
        {{ cx_warehouse.steady_sum('above_score * above_score') }} as meat_above
    from scores
    group by metric, scale

),

final as (

    select
        means.metric,
        means.scale,
        means.observation_count,
        meat.cluster_count,
        fitted.slope_below,
        fitted.slope_above,
        {%- set below, above = ['bread_below', 'bread_product'], ['bread_product', 'bread_above'] %}
        {%- set inner = ['meat_below', 'meat_product', 'meat_above'] %}
        {%- for name, first, second in [('below', below, below), ('above', above, above), ('product', below, above)] %}
        {{ cx_warehouse.sandwich(first, second, inner, 'means.observation_count', 'meat.cluster_count', 3) }} as {{ name }}_variance
        {{- ',' if not loop.last }}
        {%- endfor %}
    from means
    inner join fitted on means.metric = fitted.metric and means.scale = fitted.scale
    inner join meat on means.metric = meat.metric and means.scale = meat.scale

)

select * from final
