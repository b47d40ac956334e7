{#- Ends of the 95 % interval of a difference of two shares of the same `pairs`: `gained` failed in the first and succeeded in the
    second, `lost` the other way round. One pair is added to each of the two, so that few or one-sided pairs do not look certain.
    It takes pairs as independent. Null where there is no pair.
    Source: Bonett, Price (2012), Journal of Educational and Behavioral Statistics 37(4), 479–488. -#}
{% macro paired_difference_low(gained, lost, pairs) -%}
    {{ return(adapter.dispatch('paired_difference_end', 'cx_warehouse')(gained, lost, pairs, '-', 'greatest', '-1e0')) }}
{%- endmacro %}
{% macro paired_difference_high(gained, lost, pairs) -%}
    {{ return(adapter.dispatch('paired_difference_end', 'cx_warehouse')(gained, lost, pairs, '+', 'least', '1e0')) }}
{%- endmacro %}

{% macro default__paired_difference_end(gained, lost, pairs, sign, clip, limit) -%}
    {%- set adjusted = '(cast(' ~ pairs ~ ' as double) + 2e0)' -%}
    {%- set gain = '((cast(' ~ gained ~ ' as double) + 1e0) / ' ~ adjusted ~ ')' -%}
    {%- set loss = '((cast(' ~ lost ~ ' as double) + 1e0) / ' ~ adjusted ~ ')' -%}
    {%- set difference = '(' ~ gain ~ ' - ' ~ loss ~ ')' -%}
    case
        when ({{ pairs }}) > 0 then {{ clip }}(
            {{ difference }} {{ sign }} {{ cx_warehouse.z_95() }} * sqrt(
                ({{ gain }} + {{ loss }} - {{ difference }} * {{ difference }}) / {{ adjusted }}
            ),
            {{ limit }}
        )
    end
{%- endmacro %}
