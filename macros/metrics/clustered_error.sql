{#- Standard error of a mean over `observations` values that come in `clusters` (customers), because values of one customer
    are not independent. The linearised error of a ratio of cluster sums, √(G/(G−1) · Σ(sum − count·mean)²) / N; with one value
    per cluster it is s/√n exactly. From sums over clusters: Σ sum², Σ sum·count, Σ count². Null for fewer than 2 clusters.
    Source: Cochran, Sampling Techniques, 3rd ed. (1977), §6.3. -#}
{% macro clustered_error(mean, observations, clusters, sum_sum, sum_count, count_count) -%}
    {{ return(adapter.dispatch('clustered_error', 'cx_warehouse')(mean, observations, clusters, sum_sum, sum_count, count_count)) }}
{%- endmacro %}

{% macro default__clustered_error(mean, observations, clusters, sum_sum, sum_count, count_count) -%}
    {%- set squares = '(' ~ sum_sum ~ ') - 2e0 * (' ~ mean ~ ') * (' ~ sum_count ~ ') + (' ~ mean ~ ') * (' ~ mean ~ ') * (' ~ count_count ~ ')' -%}
    (
        sqrt(
            {{ cx_warehouse.ratio('(' ~ clusters ~ ')', '(' ~ clusters ~ ') - 1') }}
            {#- Rounding may leave a little less than nothing where all clusters agree. #}
            * case when {{ squares }} is not null then greatest({{ squares }}, 0e0) end
        ) / nullif(cast(({{ observations }}) as double), 0)
    )
{%- endmacro %}
