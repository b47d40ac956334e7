{#- Slopes of an outcome below and above a gap of 0, least squares with one constant and a kink at 0: outcome = constant + below ·
    min(gap, 0) + above · max(gap, 0). From sums over the rows: of squares and products about the means of the two parts (`below_below`,
    `below_above`, `above_above`) and of each with the outcome. Null where one part does not vary.
    The kink at the reference point: Kahneman, Tversky (1979), Econometrica 47, 263–291. -#}
{% macro kinked_slope(own, other, product, own_outcome, other_outcome) -%}
    {{ return(adapter.dispatch('kinked_slope', 'cx_warehouse')(own, other, product, own_outcome, other_outcome)) }}
{%- endmacro %}
{% macro default__kinked_slope(own, other, product, own_outcome, other_outcome) -%}
    {{ cx_warehouse.ratio(
        '((' ~ other ~ ') * (' ~ own_outcome ~ ') - (' ~ product ~ ') * (' ~ other_outcome ~ '))',
        '((' ~ own ~ ') * (' ~ other ~ ') - (' ~ product ~ ') * (' ~ product ~ '))'
    ) }}
{%- endmacro %}

{#- Covariance of two of the slopes, clustered: the sandwich of the inverse of the sums of squares around the sums over clusters of
    the products of the clusters' scores (Σ part about its mean · residual), × G/(G−1) · (N−1)/(N−K). `bread_…` are entries of
    that inverse: row of the first slope, row of the second. Null for fewer than two clusters.
    Source: Liang, Zeger (1986), Biometrika 73, 13–22; the factor is that of Cameron, Miller (2015), Journal of Human
    Resources 50, 317–372. -#}
{% macro sandwich(bread_first, bread_second, meat, observations, clusters, coefficients) -%}
    {%- set terms = [] -%}
    {%- for row in [0, 1] -%}
    {%- for column in [0, 1] -%}
    {%- do terms.append('(' ~ bread_first[row] ~ ') * (' ~ meat[row + column] ~ ') * (' ~ bread_second[column] ~ ')') -%}
    {%- endfor -%}
    {%- endfor -%}
    (
        {{ cx_warehouse.ratio('(' ~ clusters ~ ')', '((' ~ clusters ~ ') - 1)') }}
        * {{ cx_warehouse.ratio('((' ~ observations ~ ') - 1)', '((' ~ observations ~ ') - ' ~ coefficients ~ ')') }}
        * ({{ terms | join(' + ') }})
    )
{%- endmacro %}
