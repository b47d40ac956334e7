{#- A query: the difference of two shares between the exposed and the others of the same stratum, averaged over strata by
    Mantel and Haenszel's weights n₁n₀/n, which is what least squares with one intercept per stratum estimates. The variance
    is clustered: trials of one cluster (a customer) need not be independent.
    Arguments: `relation`, a name to select from, one row per trial; `groups`, columns whose values are estimated apart;
    `stratum`, `cluster`, columns; `is_exposed`, `is_success`, boolean columns without nulls. One row per group:
    exposed_count, unexposed_count (all), exposed_success_count, unexposed_success_count, matched_count,
    matched_exposed_count, matched_unexposed_count, stratum_count (of the strata that hold both), cluster_count (in these),
    difference (exposed minus unexposed) and difference_variance; both null where no stratum holds both, the latter also
    for fewer than two clusters and where nothing varies.
    Sources: Greenland, Robins (1985), Biometrics 41, 55–68; Liang, Zeger (1986), Biometrika 73, 13–22, with the factor
    G/(G−1) · (N−1)/(N−K) for G clusters, N trials and K coefficients. -#}
{% macro stratified_difference(relation, groups, stratum, cluster, is_exposed, is_success) -%}
    {{ return(adapter.dispatch('stratified_difference', 'cx_warehouse')(relation, groups, stratum, cluster, is_exposed, is_success)) }}
{%- endmacro %}

{% macro default__stratified_difference(relation, groups, stratum, cluster, is_exposed, is_success) -%}
    {%- set names = groups | join(', ') -%}
    with

    strata as (

        select
            {{ names }},
            {{ stratum }},
            count(*) as trial_count,
            {{ cx_warehouse.count_if(is_exposed) }} as exposed_count,
            {{ cx_warehouse.count_if('not ' ~ is_exposed) }} as unexposed_count,
            {{ cx_warehouse.count_if(is_exposed ~ ' and ' ~ is_success) }} as exposed_success_count,
            {{ cx_warehouse.count_if('not ' ~ is_exposed ~ ' and ' ~ is_success) }} as unexposed_success_count
        from {{ relation }}
        group by {{ names }}, {{ stratum }}

    ),

    weighed as (

        select
            strata.*,
            exposed_count > 0 and unexposed_count > 0 as is_matched,
            {{ cx_warehouse.ratio('cast(exposed_count as double) * unexposed_count', 'trial_count') }} as weight,
            {{ cx_warehouse.ratio('exposed_success_count', 'exposed_count') }} - {{ cx_warehouse.ratio('unexposed_success_count', 'unexposed_count') }} as difference,
            {{ cx_warehouse.ratio('exposed_count', 'trial_count') }} as exposed_share,
            {{ cx_warehouse.ratio('exposed_success_count + unexposed_success_count', 'trial_count') }} as success_share
        from strata

    ),

    totals as (

        select
            {{ names }},
            sum(exposed_count) as exposed_count,
            sum(unexposed_count) as unexposed_count,
            sum(exposed_success_count) as exposed_success_count,
            sum(unexposed_success_count) as unexposed_success_count,
            sum(case when is_matched then trial_count else 0 end) as matched_count,
            sum(case when is_matched then exposed_count else 0 end) as matched_exposed_count,
            sum(case when is_matched then unexposed_count else 0 end) as matched_unexposed_count,
            {{ cx_warehouse.count_if('is_matched') }} as stratum_count,
            {{ cx_warehouse.steady_sum('case when is_matched then weight end') }} as weight,
            {{ cx_warehouse.ratio(
                cx_warehouse.steady_sum('case when is_matched then weight * difference end'),
                cx_warehouse.steady_sum('case when is_matched then weight end')
            ) }} as difference
        from weighed
        group by {{ names }}

    ),

    -- How far the trials of a cluster are off what stratum and exposure say, as far as they inform the difference.
    clusters as (

        select
            {{ cx_warehouse.groups_of(groups, 'trials') }}
            trials.{{ cluster }},
            {{ cx_warehouse.steady_sum(
                '((case when trials.' ~ is_exposed ~ ' then 1e0 else 0e0 end) - weighed.exposed_share) * ('
                ~ '(case when trials.' ~ is_success ~ ' then 1e0 else 0e0 end) - weighed.success_share'
                ~ ' - totals.difference * ((case when trials.' ~ is_exposed ~ ' then 1e0 else 0e0 end) - weighed.exposed_share))'
            ) }} as residual
        from {{ relation }} as trials
        inner join weighed on {{ cx_warehouse.same_groups(groups, 'trials', 'weighed') }} and trials.{{ stratum }} = weighed.{{ stratum }} and weighed.is_matched
        inner join totals on {{ cx_warehouse.same_groups(groups, 'trials', 'totals') }}
        group by {{ cx_warehouse.groups_of(groups, 'trials') }} trials.{{ cluster }}

    ),

    spread as (

        select
            {{ names }},
            count(*) as cluster_count,
            {{ cx_warehouse.steady_sum('residual * residual') }} as squares
        from clusters
        group by {{ names }}

    )

    select
        {{ cx_warehouse.groups_of(groups, 'totals') }}
        totals.exposed_count,
        totals.unexposed_count,
        totals.exposed_success_count,
        totals.unexposed_success_count,
        totals.matched_count,
        totals.matched_exposed_count,
        totals.matched_unexposed_count,
        totals.stratum_count,
        coalesce(spread.cluster_count, 0) as cluster_count,
        totals.difference,
        nullif(
            {{ cx_warehouse.ratio('spread.squares', 'totals.weight * totals.weight') }}
            * {{ cx_warehouse.ratio('spread.cluster_count', 'spread.cluster_count - 1') }}
            * {{ cx_warehouse.ratio('totals.matched_count - 1', 'nullif(greatest(totals.matched_count - totals.stratum_count - 1, 0), 0)') }},
            0e0
        ) as difference_variance
    from totals
    left join spread on {{ cx_warehouse.same_groups(groups, 'totals', 'spread') }}
{%- endmacro %}

{#- Columns of groups, each named with its relation and followed by a comma; and the condition that two relations agree in them. -#}
{% macro groups_of(groups, relation) -%} {% for group in groups %}{{ relation }}.{{ group }}, {% endfor %} {%- endmacro %}
{% macro same_groups(groups, left, right) -%}
    {% for group in groups %}{{ ' and ' if not loop.first }}{{ left }}.{{ group }} = {{ right }}.{{ group }}{% endfor %}
{%- endmacro %}
