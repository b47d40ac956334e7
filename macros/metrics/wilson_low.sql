{#- Lower end of the 95 % Wilson score interval of a share, `successes` out of `trials`; between 0 and 1.
    It takes trials as independent: where a customer is counted several times it is too narrow.
    Null when there was no trial, or for counts that cannot be (below 0, more successes than trials).
    Source: Wilson (1927), Journal of the American Statistical Association 22, 209–212;
    Brown, Cai, DasGupta (2001), Statistical Science 16, 101–133, formula (4). -#}
{% macro wilson_low(successes, trials) -%}
    {{ return(adapter.dispatch('wilson_low', 'cx_warehouse')(successes, trials)) }}
{%- endmacro %}

{% macro default__wilson_low(successes, trials) -%}
    {%- set share = '(' ~ cx_warehouse.ratio('(' ~ successes ~ ')', '(' ~ trials ~ ')') ~ ')' -%}
    {#- z² / trials, the weight of what the interval adds to the data. -#}
    {%- set z = cx_warehouse.z_95() -%}
    {%- set weight = '(' ~ z ~ ' * ' ~ z ~ ' * ' ~ cx_warehouse.ratio('1', '(' ~ trials ~ ')') ~ ')' -%}
    {#- Rounding may not turn "nothing succeeded" into a share above 0, and no end may leave 0…1. -#}
    case
        when ({{ successes }}) = 0 and ({{ trials }}) > 0 then 0e0
        when ({{ successes }}) > 0 and ({{ successes }}) <= ({{ trials }})
            then greatest(
                0e0,
                (
                    {{ share }} + {{ weight }} / 2e0
                    - sqrt({{ weight }} * ({{ share }} * (1e0 - {{ share }}) + {{ weight }} / 4e0))
                ) / (1e0 + {{ weight }})
            )
    end
{%- endmacro %}
