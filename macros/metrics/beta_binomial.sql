{#- Rates of groups, shrunk towards the rate of all (empirical Bayes, beta-binomial, moments): a group of few trials that
    looks extreme mostly does so by chance, and its next rate will lie nearer to the others'. -#}

{#- The intraclass correlation ρ = 1 ÷ (α + β + 1) of the beta distribution of the groups' rates, between 0 and 1: with
    π the rate of all and `squares` = Σ nᵢ (pᵢ − π)²,
    ρ = (squares ÷ (π (1 − π)) − (groups − 1)) ÷ (N − Σ nᵢ² ÷ N − (groups − 1)), 0 where chance alone explains the spread.
    Null for fewer than two groups, where all or none was a success and where no group has two trials.
    Source: Kleinman (1973), Journal of the American Statistical Association 68, 46–54, with weights nᵢ. -#}
{% macro beta_binomial_correlation(squares, rate, groups, trials, trials_squared) -%}
    {{ return(adapter.dispatch('beta_binomial_correlation', 'cx_warehouse')(squares, rate, groups, trials, trials_squared)) }}
{%- endmacro %}
{% macro default__beta_binomial_correlation(squares, rate, groups, trials, trials_squared) -%}
    case
        when ({{ groups }}) >= 2 then least(greatest(
            {{ cx_warehouse.ratio(
                '(' ~ cx_warehouse.ratio('(' ~ squares ~ ')', '((' ~ rate ~ ') * (1e0 - (' ~ rate ~ ')))') ~ ' - ((' ~ groups ~ ') - 1))',
                '((' ~ trials ~ ') - ' ~ cx_warehouse.ratio('(' ~ trials_squared ~ ')', '(' ~ trials ~ ')') ~ ' - ((' ~ groups ~ ') - 1))'
            ) }},
            {#- Greatest and least would take the other number where there is none. #}
            case when ({{ rate }}) > 0 and ({{ rate }}) < 1 and ({{ trials }}) > ({{ groups }}) then 0e0 end
        ), case when ({{ rate }}) > 0 and ({{ rate }}) < 1 and ({{ trials }}) > ({{ groups }}) then 1e0 end)
    end
{%- endmacro %}

{#- How much of its own rate a group keeps: n ρ ÷ (1 + (n − 1) ρ); its shrunk rate is π + (pᵢ − π) × that, which is
    (successes + α) ÷ (n + α + β). -#}
{% macro beta_binomial_weight(trials, correlation) -%}
    {{ return(adapter.dispatch('beta_binomial_weight', 'cx_warehouse')(trials, correlation)) }}
{%- endmacro %}
{% macro default__beta_binomial_weight(trials, correlation) -%}
    ({{ cx_warehouse.ratio('(' ~ trials ~ ') * (' ~ correlation ~ ')', '(1e0 + ((' ~ trials ~ ') - 1) * (' ~ correlation ~ '))') }})
{%- endmacro %}
