{#- What may drive an outcome, as [name, words, what is good]: the one list that SQL loops over. -#}
{% macro drivers() %}
    {{ return([
        ['days_late', 'Days late', '= 0'],
        ['days_early', 'Days early', '> 0'],
        ['response_hours_late', 'Hours a promised answer was late', '= 0'],
        ['resolution_hours_late', 'Hours a promised solution was late', '= 0'],
        ['contact_count', 'Contacts', '= 0'],
        ['wait_minutes', 'Minutes waited for an answer', '= 0'],
        ['adjustment_amount', 'Refunds, credits and the like', '= 0'],
        ['not_in_full', 'Not in full', '= 0']
    ]) }}
{% endmacro %}

{#- What is driven, as [name, words]. -#}
{% macro driven_outcomes() %}
    {{ return([
        ['csat', 'Satisfaction'],
        ['nps', 'Willingness to recommend'],
        ['reordered_90d', 'Ordered again within 90 days']
    ]) }}
{% endmacro %}
