{#- How far a distribution over bins has moved from another: the population stability index Σ (p − q) · ln(p ÷ q), an aggregate
    over the bins of a unit. It is the symmetrised Kullback–Leibler divergence (Jeffreys 1946), 0 where both agree.
    Arguments: `count` and `reference_count`, answers in the bin now and before; `total` and `reference_total`, those in all
    bins; `bins`, how many there are. Half an answer is added to every bin, so that an empty one is no infinity.
    Null where either side has no answer. Source: Lin, Hsieh (2017) in Encyclopedia of Statistics; Yurdakul, Naranjo
    (2020), Journal of Risk Model Validation 14(4), 89–100. -#}
{% macro stability_index(count, reference_count, total, reference_total, bins) -%}
    {{ return(adapter.dispatch('stability_index', 'cx_warehouse')(count, reference_count, total, reference_total, bins)) }}
{%- endmacro %}

{% macro default__stability_index(count, reference_count, total, reference_total, bins) -%}
    {%- set share = cx_warehouse.smoothed_share(count, total, bins) -%}
    {%- set before = cx_warehouse.smoothed_share(reference_count, reference_total, bins) -%}
    {{ cx_warehouse.steady_sum('(' ~ share ~ ' - ' ~ before ~ ') * ln(' ~ share ~ ' / ' ~ before ~ ')') }}
{%- endmacro %}

{#- Its standard error by the delta method, both sides independent multinomials. Near 0 it is too small: there chance alone
    adds (bins − 1) · (1 ÷ total + 1 ÷ reference_total) on average. -#}
{% macro stability_error(count, reference_count, total, reference_total, bins) -%}
    {{ return(adapter.dispatch('stability_error', 'cx_warehouse')(count, reference_count, total, reference_total, bins)) }}
{%- endmacro %}

{% macro default__stability_error(count, reference_count, total, reference_total, bins) -%}
    {%- set share = cx_warehouse.smoothed_share(count, total, bins) -%}
    {%- set before = cx_warehouse.smoothed_share(reference_count, reference_total, bins) -%}
    {%- set slope = '(ln(' ~ share ~ ' / ' ~ before ~ ') + 1e0 - ' ~ before ~ ' / ' ~ share ~ ')' -%}
    {%- set slope_before = '(ln(' ~ before ~ ' / ' ~ share ~ ') + 1e0 - ' ~ share ~ ' / ' ~ before ~ ')' -%}
    sqrt(
        greatest({{ cx_warehouse.steady_sum(share ~ ' * ' ~ slope ~ ' * ' ~ slope) }}
            - power({{ cx_warehouse.steady_sum(share ~ ' * ' ~ slope) }}, 2), 0e0) / max(cast({{ total }} as double))
        + greatest({{ cx_warehouse.steady_sum(before ~ ' * ' ~ slope_before ~ ' * ' ~ slope_before) }}
            - power({{ cx_warehouse.steady_sum(before ~ ' * ' ~ slope_before) }}, 2), 0e0) / max(cast({{ reference_total }} as double))
    )
{%- endmacro %}

{#- The share of a bin with half an observation added to each of the bins. Null where there is no observation. -#}
{% macro smoothed_share(count, total, bins) -%}
    ((cast({{ count }} as double) + 0.5e0) / nullif(cast({{ total }} as double) + 0.5e0 * ({{ bins }}), 0.5e0 * ({{ bins }})))
{%- endmacro %}
