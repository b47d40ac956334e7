{#- A query: the difference of two shares between the exposed and the others of the same stratum, averaged over strata by
    Mantel and Haenszel's weights n₁n₀/n, which is what least squares with one intercept per stratum estimates. The variance
    is clustered: trials of one cluster (a customer) need not be independent.
    Arguments: `relation`, a name to select from, one row per trial; `groups`, columns whose values are estimated apart;
    `stratum`, `cluster`, columns; `is_exposed`, a boolean column without nulls; `successes`, boolean columns, each an outcome
    that is estimated on the trials of which it is known. All outcomes are worked out beside each other, so that every trial
    is read once. One row per group and outcome: outcome_number (the place among `successes` from 1), exposed_count,
    unexposed_count (all), exposed_success_count, unexposed_success_count, matched_count, matched_exposed_count,
    matched_unexposed_count, stratum_count (of the strata that hold both), cluster_count (in these), difference (exposed
    minus unexposed) and difference_variance; both null where no stratum holds both, the latter also for fewer than two
    clusters and where nothing varies.
    Sources: Greenland, Robins (1985), Biometrics 41, 55–68; Liang, Zeger (1986), Biometrika 73, 13–22, with the factor
    G/(G−1) · (N−1)/(N−K) for G clusters, N trials and K coefficients. -#}
{% macro stratified_differences(relation, groups, stratum, cluster, is_exposed, successes) -%}
    {{ return(adapter.dispatch('stratified_differences', 'cx_warehouse')(relation, groups, stratum, cluster, is_exposed, successes)) }}
{%- endmacro %}

{% macro default__stratified_differences(relation, groups, stratum, cluster, is_exposed, successes) -%}
    {%- set names = groups | join(', ') -%}
    {%- set exposure = '(case when trials.' ~ is_exposed ~ ' then 1e0 else 0e0 end)' -%}
    {%- set counts = [
        'exposed_count', 'unexposed_count', 'exposed_success_count', 'unexposed_success_count', 'matched_count',
        'matched_exposed_count', 'matched_unexposed_count', 'stratum_count'
    ] -%}
    with

    strata as (

        select
            {{ names }},
            {{ stratum }}
            {%- for success in successes %},
            count({{ success }}) as trial_count_{{ loop.index }},
            {{ cx_warehouse.count_if(is_exposed ~ ' and ' ~ success ~ ' is not null') }} as exposed_count_{{ loop.index }},
            {{ cx_warehouse.count_if('not ' ~ is_exposed ~ ' and ' ~ success ~ ' is not null') }} as unexposed_count_{{ loop.index }},
            {{ cx_warehouse.count_if(is_exposed ~ ' and ' ~ success) }} as exposed_success_count_{{ loop.index }},
            {{ cx_warehouse.count_if('not ' ~ is_exposed ~ ' and ' ~ success) }} as unexposed_success_count_{{ loop.index }}
            {%- endfor %}
        from {{ relation }}
        group by {{ names }}, {{ stratum }}

    ),

    weighed as (

        select
            strata.*
            {%- for success in successes %}
            {%- set number = loop.index %},
            exposed_count_{{ number }} > 0 and unexposed_count_{{ number }} > 0 as is_matched_{{ number }},
            {{ cx_warehouse.ratio('cast(exposed_count_' ~ number ~ ' as double) * unexposed_count_' ~ number, 'trial_count_' ~ number) }} as weight_{{ number }},
            {{ cx_warehouse.ratio('exposed_success_count_' ~ number, 'exposed_count_' ~ number) }}
            - {{ cx_warehouse.ratio('unexposed_success_count_' ~ number, 'unexposed_count_' ~ number) }} as difference_{{ number }},
            {{ cx_warehouse.ratio('exposed_count_' ~ number, 'trial_count_' ~ number) }} as exposed_share_{{ number }},
            {{ cx_warehouse.ratio('exposed_success_count_' ~ number ~ ' + unexposed_success_count_' ~ number, 'trial_count_' ~ number) }} as success_share_{{ number }}
            {%- endfor %}
        from strata

    ),

    totals as (

        select
            {{ names }}
            {%- for success in successes %}
            {%- set number = loop.index %}
            {%- set weight = cx_warehouse.steady_sum('case when is_matched_' ~ number ~ ' then weight_' ~ number ~ ' end') %},
            {%- for count in counts[:4] %}
            sum({{ count }}_{{ number }}) as {{ count }}_{{ number }},
            {%- endfor %}
            sum(case when is_matched_{{ number }} then trial_count_{{ number }} else 0 end) as matched_count_{{ number }},
            sum(case when is_matched_{{ number }} then exposed_count_{{ number }} else 0 end) as matched_exposed_count_{{ number }},
            sum(case when is_matched_{{ number }} then unexposed_count_{{ number }} else 0 end) as matched_unexposed_count_{{ number }},
            {{ cx_warehouse.count_if('is_matched_' ~ number) }} as stratum_count_{{ number }},
            {{ weight }} as weight_{{ number }},
            {{ cx_warehouse.ratio(
                cx_warehouse.steady_sum('case when is_matched_' ~ number ~ ' then weight_' ~ number ~ ' * difference_' ~ number ~ ' end'), weight
            ) }} as difference_{{ number }}
            {%- endfor %}
        from weighed
        group by {{ names }}

    ),

    -- How far a trial is off what stratum and exposure say, as far as it informs the difference.
    residuals as (

        select
            {{ cx_warehouse.groups_of(groups, 'trials') }}
            trials.{{ cluster }}
            {%- for success in successes %}
            {%- set number = loop.index %}
            {%- set exposed_beyond = '(' ~ exposure ~ ' - weighed.exposed_share_' ~ number ~ ')' %},
            case
                when weighed.is_matched_{{ number }} and trials.{{ success }} is not null then
                    {{ exposed_beyond }} * (
                        (case when trials.{{ success }} then 1e0 else 0e0 end) - weighed.success_share_{{ number }}
                        - totals.difference_{{ number }} * {{ exposed_beyond }}
                    )
            end as residual_{{ number }}
            {%- endfor %}
        from {{ relation }} as trials
        inner join weighed on {{ cx_warehouse.same_groups(groups, 'trials', 'weighed') }} and trials.{{ stratum }} = weighed.{{ stratum }}
        inner join totals on {{ cx_warehouse.same_groups(groups, 'trials', 'totals') }}

    ),

    clusters as (

        select
            {{ names }},
            {{ cluster }}
            {%- for success in successes %},
            cast({{ cx_warehouse.whole_parts('residual_' ~ loop.index) }} as double) / 1e12 as residual_{{ loop.index }}
            {%- endfor %}
        from residuals
        group by {{ names }}, {{ cluster }}

    ),

    spread as (

        select
            {{ names }}
            {%- for success in successes %},
            count(residual_{{ loop.index }}) as cluster_count_{{ loop.index }},
            {{ cx_warehouse.steady_sum('residual_' ~ loop.index ~ ' * residual_' ~ loop.index) }} as squares_{{ loop.index }}
            {%- endfor %}
        from clusters
        group by {{ names }}

    ),

    outcomes as (

        {% for success in successes -%}
        {%- set number = loop.index -%}
        select
            {{ cx_warehouse.groups_of(groups, 'totals') }}
            {{ number }} as outcome_number,
            {% for count in counts -%}
            totals.{{ count }}_{{ number }} as {{ count }},
            {% endfor -%}
            totals.weight_{{ number }} as weight,
            totals.difference_{{ number }} as difference,
            spread.cluster_count_{{ number }} as cluster_count,
            spread.squares_{{ number }} as squares
        from totals
        inner join spread on {{ cx_warehouse.same_groups(groups, 'totals', 'spread') }}
        where totals.exposed_count_{{ number }} + totals.unexposed_count_{{ number }} > 0
        {{ 'union all' if not loop.last }}
        {% endfor %}

    )

    select
        {{ names }},
        outcome_number,
        {{ counts | join(', ') }},
        cluster_count,
        difference,
        nullif(
            {{ cx_warehouse.ratio('squares', 'weight * weight') }}
            * {{ cx_warehouse.ratio('cluster_count', 'cluster_count - 1') }}
            * {{ cx_warehouse.ratio('matched_count - 1', 'nullif(greatest(matched_count - stratum_count - 1, 0), 0)') }},
            0e0
        ) as difference_variance
    from outcomes
{%- endmacro %}

{#- Columns of groups, each named with its relation and followed by a comma; and the condition that two relations agree in them. -#}
{% macro groups_of(groups, relation) -%} {% for group in groups %}{{ relation }}.{{ group }}, {% endfor %} {%- endmacro %}
{% macro same_groups(groups, left, right) -%}
    {% for group in groups %}{{ ' and ' if not loop.first }}{{ left }}.{{ group }} = {{ right }}.{{ group }}{% endfor %}
{%- endmacro %}
