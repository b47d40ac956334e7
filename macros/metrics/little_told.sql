{#- Why there is no rate where the record tells of fewer than half of the promises come due: what the firm cancelled is known all
    the same, and what is known is no sample of the rest. -#}
{% macro little_told() -%}
    'of most promises that came due it is not known whether they were kept: little but misses is on record'
{%- endmacro %}
