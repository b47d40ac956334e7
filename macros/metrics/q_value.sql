{#- The false discovery rate at which a comparison would be called: Benjamini and Hochberg's adjusted p-value, a window
    expression. Arguments: p_value; p_rank, its rank from the smallest within the family (ties broken somehow);
    comparisons, how many p-values the family has; family, columns that tell families apart. Null where p_value is.
    Source: Benjamini, Hochberg (1995), Journal of the Royal Statistical Society B 57, 289–300. -#}
{% macro q_value(p_value, p_rank, comparisons, family) -%}
    {{ return(adapter.dispatch('q_value', 'cx_warehouse')(p_value, p_rank, comparisons, family)) }}
{%- endmacro %}
{% macro default__q_value(p_value, p_rank, comparisons, family) -%}
    case
        when {{ p_value }} is not null
            then least(1e0, min({{ p_value }} * {{ cx_warehouse.ratio(comparisons, p_rank) }}) over (
                partition by {{ family | join(', ') }} order by {{ p_rank }} desc rows between unbounded preceding and current row
            ))
    end
{%- endmacro %}
