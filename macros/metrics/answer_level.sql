{#- A scale by its own name: 1–5.5 is not 1–5. -#}
{% macro scale_name(lowest, highest) -%}
    concat(
        {%- for limit in [lowest, highest] %}
        case
            when {{ limit }} = floor({{ limit }})
                then cast(cast({{ limit }} as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
            else cast(cast({{ limit }} as double) as {{ dbt.type_string() }})
        end{{ ", '–'," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- The scale on which an answer of the relation `answers` stands. A duration is what it is, whatever the form allowed; an
    opinion only means something on its scale. -#}
{% macro answer_scale() -%}
    case
        when coalesce(answers.unit, 'score') <> 'score' then answers.unit
        else {{ cx_warehouse.scale_name('answers.scale_min', 'answers.scale_max') }}
    end
{%- endmacro %}

{#- Where it stands there: 0 to 100 of an opinion, a duration in its own unit; null where the score lies off its scale or
    nobody can tell in which unit it is. -#}
{% macro answer_level() -%}
    case
        when answers.score not between answers.scale_min and answers.scale_max or answers.unit = 'unknown' then null
        when coalesce(answers.unit, 'score') <> 'score' then cast(answers.score as double)
        else 100e0 * {{ cx_warehouse.ratio('answers.score - answers.scale_min', 'answers.scale_max - answers.scale_min') }}
    end
{%- endmacro %}
