{#- Lower end of the 95 % adjusted-Wald interval of the net promoter score, clipped to −100: three answers are added, ¾
    of one to each end and 1½ in the middle, so that few or one-sided answers do not look certain. It takes answers as
    independent. Null when nobody answered, or for counts below 0.
    Source: Rocks (2016), The American Statistician 70(4), 365–372. -#}
{% macro nps_low(promoters, passives, detractors) -%}
    {{ return(adapter.dispatch('nps_low', 'cx_warehouse')(promoters, passives, detractors)) }}
{%- endmacro %}

{% macro default__nps_low(promoters, passives, detractors) -%}
    {%- set answers = '((' ~ promoters ~ ') + (' ~ passives ~ ') + (' ~ detractors ~ '))' -%}
    {%- set adjusted = '(' ~ answers ~ ' + 3e0)' -%}
    {%- set promoter_share = '(((' ~ promoters ~ ') + 0.75e0) / ' ~ adjusted ~ ')' -%}
    {%- set detractor_share = '(((' ~ detractors ~ ') + 0.75e0) / ' ~ adjusted ~ ')' -%}
    {%- set difference = '(' ~ promoter_share ~ ' - ' ~ detractor_share ~ ')' -%}
    case
        when ({{ promoters }}) >= 0 and ({{ passives }}) >= 0 and ({{ detractors }}) >= 0 and {{ answers }} > 0
            then greatest(
                -100e0,
                100e0 * (
                    {{ difference }}
                    - {{ cx_warehouse.z_95() }} * sqrt(
                        ({{ promoter_share }} + {{ detractor_share }} - {{ difference }} * {{ difference }})
                        / {{ adjusted }}
                    )
                )
            )
    end
{%- endmacro %}
