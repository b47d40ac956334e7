-- Grain: one row per outcome × replicate: all complete cases, and all but one group of customers.
-- A case is complete when it has every driver that the outcome has at all. A driver that does not vary is left out: its
-- correlations are set to 0, so that it weighs nothing and changes nothing.
{%- set drivers = cx_warehouse.drivers() %}
{%- set size = drivers | length %}
with

observed as (

    select * from {{ ref('int_drivers_observed') }}

),

present as (

    select
        outcome,
        count(*) as case_count,
        {%- for name, words, good in drivers %}
        count({{ name }}) as value_count_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from observed
    group by outcome

),

complete as (

    select
        observed.*,
        present.case_count
    from observed
    inner join present on observed.outcome = present.outcome
    where
        {%- for name, words, good in drivers %}
        {{ 'and ' if not loop.first }}(observed.{{ name }} is not null or present.value_count_{{ loop.index }} = 0)
        {%- endfor %}

),

described as (

    select
        outcome,
        {{ cx_warehouse.steady_avg('outcome_value') }} as mean_0,
        {{ cx_warehouse.steady_deviation('outcome_value') }} as deviation_0,
        {%- for name, words, good in drivers %}
        {{ cx_warehouse.steady_avg(name) }} as mean_{{ loop.index }},
        {{ cx_warehouse.steady_deviation(name) }} as deviation_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from complete
    group by outcome

),

-- Standardised first, so that sums of ten decimals lose nothing, whatever the unit.
standardised as (

    select
        complete.outcome,
        complete.customer_group,
        complete.case_count,
        coalesce({{ cx_warehouse.ratio('(complete.outcome_value - described.mean_0)', 'described.deviation_0') }}, 0e0) as z_0,
        {%- for name, words, good in drivers %}
        coalesce({{ cx_warehouse.ratio('(complete.' ~ name ~ ' - described.mean_' ~ loop.index ~ ')', 'described.deviation_' ~ loop.index) }}, 0e0) as z_{{ loop.index }},
        {%- endfor %}
        {%- for name, words, good in drivers %}
        case when complete.{{ name }} {{ good }} then 1 else 0 end as good_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from complete
    inner join described on complete.outcome = described.outcome

),

grouped as (

    select
        outcome,
        customer_group,
        max(case_count) as case_count,
        count(*) as row_count,
        {%- for i in range(1, size + 1) %}
        sum(good_{{ i }}) as good_{{ i }},
        {%- endfor %}
        {%- for i in range(size + 1) %}
        {{ cx_warehouse.steady_sum('z_' ~ i) }} as s_{{ i }},
        {%- for j in range(i, size + 1) %}
        {{ cx_warehouse.steady_sum('z_' ~ i ~ ' * z_' ~ j) }} as s_{{ i }}_{{ j }}{{ ',' if not (i == size and j == size) }}
        {%- endfor %}
        {%- endfor %}
    from standardised
    group by outcome, customer_group

),

replicates as (

    select outcome, customer_group as left_out from grouped
    union all
    select outcome, 'none' as left_out from grouped group by outcome

),

summed as (

    select
        replicates.outcome,
        replicates.left_out,
        max(grouped.case_count) as case_count,
        cast(sum(grouped.row_count) as {{ dbt.type_bigint() }}) as row_count,
        {%- for i in range(1, size + 1) %}
        cast(sum(grouped.good_{{ i }}) as {{ dbt.type_bigint() }}) as good_{{ i }},
        {%- endfor %}
        {%- for i in range(size + 1) %}
        {{ cx_warehouse.steady_sum('grouped.s_' ~ i) }} as s_{{ i }},
        {%- for j in range(i, size + 1) %}
        {{ cx_warehouse.steady_sum('grouped.s_' ~ i ~ '_' ~ j) }} as s_{{ i }}_{{ j }}{{ ',' if not (i == size and j == size) }}
        {%- endfor %}
        {%- endfor %}
    from replicates
    inner join grouped
        on replicates.outcome = grouped.outcome
        and replicates.left_out <> grouped.customer_group
    group by replicates.outcome, replicates.left_out

),

centred as (

    select
        outcome,
        left_out,
        case_count,
        row_count,
        {%- for i in range(1, size + 1) %}
        good_{{ i }},
        {%- endfor %}
        {%- for i in range(size + 1) %}
        {%- for j in range(i, size + 1) %}
        s_{{ i }}_{{ j }} - {{ cx_warehouse.ratio('(s_' ~ i ~ ' * s_' ~ j ~ ')', 'row_count') }} as c_{{ i }}_{{ j }}{{ ',' if not (i == size and j == size) }}
        {%- endfor %}
        {%- endfor %}
    from summed

),

-- Rounding leaves a trace of variance where there is none.
final as (

    select
        centred.outcome,
        centred.left_out,
        centred.case_count,
        centred.row_count,
        {%- for name, words, good in drivers %}
        present.value_count_{{ loop.index }} > 0 as is_present_{{ loop.index }},
        centred.c_{{ loop.index }}_{{ loop.index }} > 1e-6 as is_varying_{{ loop.index }},
        centred.good_{{ loop.index }},
        {%- endfor %}
        centred.c_0_0 > 1e-6 as is_outcome_varying,
        {%- for i in range(1, size + 1) %}
        case
            when centred.c_0_0 > 1e-6 and centred.c_{{ i }}_{{ i }} > 1e-6
                then {{ cx_warehouse.ratio('centred.c_0_' ~ i, 'sqrt(centred.c_0_0 * centred.c_' ~ i ~ '_' ~ i ~ ')') }}
            else 0e0
        end as r_{{ i }},
        {%- for j in range(i, size + 1) %}
        {% if i == j -%}
        1e0
        {%- else -%}
        case
            when centred.c_{{ i }}_{{ i }} > 1e-6 and centred.c_{{ j }}_{{ j }} > 1e-6
                then {{ cx_warehouse.ratio('centred.c_' ~ i ~ '_' ~ j, 'sqrt(centred.c_' ~ i ~ '_' ~ i ~ ' * centred.c_' ~ j ~ '_' ~ j ~ ')') }}
            else 0e0
        end
        {%- endif %} as a_{{ i }}_{{ j }}{{ ',' if not (i == size and j == size) }}
        {%- endfor %}
        {%- endfor %}
    from centred
    inner join present on centred.outcome = present.outcome

)

select * from final
