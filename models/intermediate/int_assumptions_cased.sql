-- Grain: one row per case under which the return of an initiative is worked out.
-- Scenarios take every assumption at the end that makes the return low, at its base, or at the end that makes it high. The
-- other cases take one assumption to one of its ends and leave the rest at their bases, so that one sees which matters.
{%- set assumptions = {
    'discount_rate': {'low': 'high', 'high': 'low'},
    'horizon_months': {'low': 'low', 'high': 'high'},
    'effect_persistence': {'low': 'low', 'high': 'high'},
    'marginal_service_cost_share': {'low': 'low', 'high': 'high'},
} %}
with

assumptions as (

    select * from {{ ref('ref_assumptions') }}

),

wide as (

    select
        {% for assumption in assumptions -%}
        {% for end in ['low', 'base', 'high'] -%}
        max(case when assumption = '{{ assumption }}' then {{ end }} end) as {{ assumption }}_{{ end }},
        {% endfor -%}
        {% endfor -%}
        count(*) as assumption_count
    from assumptions

),

final as (

    {% for scenario in ['low', 'base', 'high'] -%}
    select
        '{{ scenario }}' as case_id,
        '{{ scenario }}' as scenario,
        cast(null as {{ dbt.type_string() }}) as assumption,
        cast(null as {{ dbt.type_string() }}) as assumption_end,
        {% for assumption, ends in assumptions.items() -%}
        {{ assumption }}_{{ 'base' if scenario == 'base' else ends[scenario] }} as {{ assumption }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from wide

    union all

    {% endfor -%}
    {% for moved in assumptions -%}
    {% for end in ['low', 'high'] -%}
    select
        '{{ moved }}_{{ end }}' as case_id,
        cast(null as {{ dbt.type_string() }}) as scenario,
        '{{ moved }}' as assumption,
        '{{ end }}' as assumption_end,
        {% for assumption in assumptions -%}
        {{ assumption }}_{{ end if assumption == moved else 'base' }} as {{ assumption }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from wide
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
