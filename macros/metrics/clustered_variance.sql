{#- The variance of a difference of two shares whose trials come in clusters (customers with several orders, perhaps in
    both groups), linearised. A cluster's residual in a group is its successes minus the group's share × its trials.
    Arguments: sums over the clusters of the squared residuals in group 1, in group 2, and of their products; what each
    group is divided by: its trials for a difference of shares, its successes for the logarithm of their ratio; and how
    many clusters there are. For a single share the three arguments of the other group are 0, 0 and 1.
    Null for fewer than two clusters and where nothing varies, since it would say that nothing is uncertain.
    Source: Liang, Zeger (1986), Biometrika 73, 13–22, with factor clusters ÷ (clusters − 1). -#}
{% macro clustered_variance(squares_1, squares_2, products, size_1, size_2, clusters) -%}
    {{ return(adapter.dispatch('clustered_variance', 'cx_warehouse')(squares_1, squares_2, products, size_1, size_2, clusters)) }}
{%- endmacro %}

{% macro default__clustered_variance(squares_1, squares_2, products, size_1, size_2, clusters) -%}
    nullif(
        greatest(
            {{ cx_warehouse.ratio('(' ~ clusters ~ ')', '((' ~ clusters ~ ') - 1)') }} * (
                {{ cx_warehouse.ratio('(' ~ squares_1 ~ ')', '(cast(' ~ size_1 ~ ' as double) * (' ~ size_1 ~ '))') }}
                + {{ cx_warehouse.ratio('(' ~ squares_2 ~ ')', '(cast(' ~ size_2 ~ ' as double) * (' ~ size_2 ~ '))') }}
                - 2e0 * {{ cx_warehouse.ratio('(' ~ products ~ ')', '(cast(' ~ size_1 ~ ' as double) * (' ~ size_2 ~ '))') }}
            ),
            case when ({{ clusters }}) > 1 then 0e0 end
        ),
        0e0
    )
{%- endmacro %}
