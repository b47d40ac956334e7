{#- The test for a trend in shares over ordered groups by Cochran and Armitage, with N − 1 as in Mantel's linear-by-linear
    statistic: its z, positive where shares rise with the score. Arguments are sums over groups: observations N, successes R,
    score_sum Σ nᵢsᵢ, score_square_sum Σ nᵢsᵢ², score_success_sum Σ rᵢsᵢ. Each observation is independent of the
    others. Null where all succeed or none, or all have one score.
    Sources: Armitage (1955), Biometrics 11, 375–386; Mantel (1963), Journal of the American Statistical Association 58, 690–700. -#}
{% macro trend_test(observations, successes, score_sum, score_square_sum, score_success_sum) -%}
    {{ return(adapter.dispatch('trend_test', 'cx_warehouse')(observations, successes, score_sum, score_square_sum, score_success_sum)) }}
{%- endmacro %}

{% macro default__trend_test(observations, successes, score_sum, score_square_sum, score_success_sum) -%}
    ({{ cx_warehouse.ratio(
        '((' ~ score_success_sum ~ ') - cast(' ~ score_sum ~ ' as double) * ' ~ cx_warehouse.ratio('(' ~ successes ~ ')', '(' ~ observations ~ ')') ~ ')',
        'sqrt(greatest('
        ~ cx_warehouse.ratio('(' ~ successes ~ ')', '(' ~ observations ~ ')') ~ ' * (1e0 - ' ~ cx_warehouse.ratio('(' ~ successes ~ ')', '(' ~ observations ~ ')') ~ ')'
        ~ ' * ((' ~ score_square_sum ~ ') - cast(' ~ score_sum ~ ' as double) * ' ~ cx_warehouse.ratio('(' ~ score_sum ~ ')', '(' ~ observations ~ ')') ~ ')'
        ~ ' * ' ~ cx_warehouse.ratio('(' ~ observations ~ ')', '((' ~ observations ~ ') - 1)') ~ ', 0e0))'
    ) }})
{%- endmacro %}
