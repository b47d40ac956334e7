{#- One end of the 95 % interval of a ratio of two estimates, below ÷ above, whose errors may be correlated: Fieller's. `t` is the
    97.5 % quantile of Student's t. It has two ends only where the divisor differs from 0; null elsewhere.
    Source: Fieller (1954), Journal of the Royal Statistical Society B 16, 175–185. -#}
{% macro fieller_low(above, below, above_variance, below_variance, covariance, t) -%}
    {{ return(adapter.dispatch('fieller', 'cx_warehouse')(above, below, above_variance, below_variance, covariance, t, '-')) }}
{%- endmacro %}
{% macro fieller_high(above, below, above_variance, below_variance, covariance, t) -%}
    {{ return(adapter.dispatch('fieller', 'cx_warehouse')(above, below, above_variance, below_variance, covariance, t, '+')) }}
{%- endmacro %}

{% macro default__fieller(above, below, above_variance, below_variance, covariance, t, sign) -%}
    {%- set square = '((' ~ t ~ ') * (' ~ t ~ '))' -%}
    {%- set leading = '((' ~ above ~ ') * (' ~ above ~ ') - ' ~ square ~ ' * (' ~ above_variance ~ '))' -%}
    {%- set middle = '((' ~ above ~ ') * (' ~ below ~ ') - ' ~ square ~ ' * (' ~ covariance ~ '))' -%}
    {%- set last = '((' ~ below ~ ') * (' ~ below ~ ') - ' ~ square ~ ' * (' ~ below_variance ~ '))' -%}
    case
        when {{ leading }} > 0
            then ({{ middle }} {{ sign }} sqrt(greatest({{ middle }} * {{ middle }} - {{ leading }} * {{ last }}, 0e0))) / {{ leading }}
    end
{%- endmacro %}
