-- What is withheld shows no number and gives a reason; what is shown rests on enough rows.
{% for model, value, count in [
    ('mart_scorecard', 'value', 'observation_count'),
    ('mart_promise_reliability', 'kept_rate', 'due_count'),
    ('mart_survey_scores', 'score', 'answer_count'),
    ('mart_tolerance_zones', 'gap_mean', 'pair_customer_count'),
    ('mart_gap_prevalence', 'rate', 'observation_count'),
    ('mart_miss_causes', 'share', 'all_missed_count'),
    ('mart_expectation_spread', 'expected_mean', 'customer_count'),
    ('mart_response_curve', 'value', 'customer_count'),
] -%}
select '{{ model }}' as model, status, reason, {{ value }} as value, {{ count }} as observation_count
from {{ ref(model) }}
where
    (status = 'withheld' and (
        {{ value }} is not null or {{ value }}_low is not null or {{ value }}_high is not null or reason is null
    ))
    or (status <> 'withheld' and {{ value }}_low is null)
    or ({{ value }} is not null and {{ count }} < {{ cx_warehouse.fewest_for_point() }})
    or ({{ value }}_low is not null and {{ count }} < {{ cx_warehouse.fewest_for_interval() }})
    or {{ value }} < {{ value }}_low - 1e-9
    or {{ value }} > {{ value }}_high + 1e-9
{{ 'union all' if not loop.last }}
{% endfor %}
