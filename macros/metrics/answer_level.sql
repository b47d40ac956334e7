{#- The scale on which an answer of the relation `answers` stands. A duration is what it is, whatever the form allowed; an
    opinion only means something on its scale. -#}
{% macro answer_scale() -%}
    case
        when coalesce(answers.unit, 'score') <> 'score' then answers.unit
        when answers.scale_min <> floor(answers.scale_min) or answers.scale_max <> floor(answers.scale_max) then concat(
            cast(cast(answers.scale_min as double) as {{ dbt.type_string() }}),
            '–',
            cast(cast(answers.scale_max as double) as {{ dbt.type_string() }})
        )
        else concat(
            cast(cast(answers.scale_min as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }}),
            '–',
            cast(cast(answers.scale_max as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
        )
    end
{%- endmacro %}

{#- Where it stands there: 0 to 100 of an opinion, a duration in its own unit; null where the score lies off its scale. -#}
{% macro answer_level() -%}
    case
        when answers.score not between answers.scale_min and answers.scale_max then null
        when coalesce(answers.unit, 'score') <> 'score' then cast(answers.score as double)
        else 100e0 * {{ cx_warehouse.ratio('answers.score - answers.scale_min', 'answers.scale_max - answers.scale_min') }}
    end
{%- endmacro %}
