{#- The scales on which a question kind is read, as [lowest, highest] answers by kind. Scales are never converted into
    each other: the same customers answer differently on them. -#}
{% macro question_scales() %}
    {{ return(adapter.dispatch('question_scales', 'cx_warehouse')()) }}
{% endmacro %}
{% macro default__question_scales() %}
    {{ return({'nps': [[0, 10]], 'csat': [[1, 5], [1, 7]], 'ces': [[1, 7]]}) }}
{% endmacro %}

{#- Whether a question kind is read on a scale. -#}
{% macro is_usable_scale(question_kind, scale_min, scale_max) -%}
    (
        {%- for kind, scales in cx_warehouse.question_scales().items() %}
        {%- set outer_loop = loop %}
        {%- for lowest, highest in scales %}
        {{ '' if outer_loop.first and loop.first else 'or ' -}}
        (
            ({{ question_kind }}) = '{{ kind }}'
            and ({{ scale_min }}) = {{ lowest }} and ({{ scale_max }}) = {{ highest }}
        )
        {%- endfor %}
        {%- endfor %}
    )
{%- endmacro %}

{#- The scales on which a question kind is read, in words: '1–5 and 1–7'. -#}
{% macro usable_scales(question_kind) -%}
    case {{ question_kind }}
        {%- for kind, scales in cx_warehouse.question_scales().items() %}
        {%- set names = [] %}
        {%- for lowest, highest in scales %}
        {%- do names.append(lowest ~ '–' ~ highest) %}
        {%- endfor %}
        when '{{ kind }}' then '{{ names | join(" and ") }}'
        {%- endfor %}
    end
{%- endmacro %}
