-- Grain: one row per month × promise version × touchpoint × segment × region × service level, with roll-ups `all`, in which something due came.
-- Exact quantiles without holding all values of all roll-ups at once, which no engine can do in bounded memory: first it is counted
-- into which hour of the gap each quantile and each end of its interval fall, then only the values of those hours are ranked.
{%- set dims = ['touchpoint', 'segment', 'region', 'service_level'] %}
{%- set shares = {'p5': '0.05e0', 'p50': '0.5e0'} %}
{%- set cell = ['month', 'promise_version'] + dims %}
{%- set patterns = [[]] %}
{%- for dim in dims %}
    {%- for pattern in patterns[:] %} {%- do patterns.append(pattern + [dim]) %} {%- endfor %}
{%- endfor %}
with

valued as (

    select
        {{ cell | join(', ') }},
        gap_days,
        floor(gap_days * 24) as gap_hour,
        count(*) as promise_count
    from {{ ref('int_promises_counted') }}
    where is_due and gap_days is not null
    group by {{ cell | join(', ') }}, gap_days

),

hours as (

    select
        {{ cell | join(', ') }},
        gap_hour,
        sum(promise_count) as promise_count
    from valued
    group by {{ cell | join(', ') }}, gap_hour

),

cubed as (

    select
        month,
        promise_version,
        {%- for dim in dims %}
        case when grouping({{ dim }}) = 1 then 'all' else {{ dim }} end as {{ dim }},
        {%- endfor %}
        gap_hour,
        cast(sum(promise_count) as {{ dbt.type_bigint() }}) as promise_count
    from hours
    group by month, promise_version, gap_hour, cube ({{ dims | join(', ') }})

),

-- Ranks count from 0, as in the definition of the quantiles: share × (n − 1), between two values in proportion.
cumulated as (

    select
        cubed.*,
        sum(promise_count) over (partition by {{ cell | join(', ') }} order by gap_hour) - promise_count as first_rank,
        sum(promise_count) over (partition by {{ cell | join(', ') }}) as cell_count
    from cubed

),

sought as (

    select
        {{ cell | join(', ') }},
        gap_hour,
        first_rank,
        cell_count
    from cumulated
    where
        {%- for share in shares.values() %}
        (
            first_rank <= ceil({{ share }} * (cell_count - 1))
            and floor({{ share }} * (cell_count - 1)) < first_rank + promise_count
        )
        {%- for rank in [cx_warehouse.quantile_rank_low('cell_count', share), cx_warehouse.quantile_rank_high('cell_count', share)] %}
        or {{ rank }} - 1 between first_rank and first_rank + promise_count - 1
        {%- endfor %}
        {{- ' or' if not loop.last }}
        {%- endfor %}

),

-- One join per roll-up, since what is joined differs.
found as (

    {% for rolled in patterns -%}
    select
        {% for name in cell -%}
        sought.{{ name }},
        {% endfor -%}
        sought.gap_hour,
        sought.first_rank,
        sought.cell_count,
        valued.gap_days,
        valued.promise_count
    from sought
    inner join valued
        on sought.month = valued.month
        and sought.promise_version = valued.promise_version
        and sought.gap_hour = valued.gap_hour
        {%- for dim in dims if dim not in rolled %}
        and sought.{{ dim }} = valued.{{ dim }}
        {%- endfor %}
    {%- for dim in rolled %}
    {{ 'where' if loop.first else 'and' }} sought.{{ dim }} = 'all'
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

gathered as (

    select
        {{ cell | join(', ') }},
        cell_count,
        gap_hour,
        first_rank,
        gap_days,
        cast(sum(promise_count) as {{ dbt.type_bigint() }}) as promise_count
    from found
    group by {{ cell | join(', ') }}, cell_count, gap_hour, first_rank, gap_days

),

cumulated_in_hours as (

    select
        gathered.*,
        first_rank + sum(promise_count) over (
            partition by {{ cell | join(', ') }}, gap_hour order by gap_days
        ) as next_rank
    from gathered

),

ranked as (

    select
        {{ cell | join(', ') }},
        cell_count,
        gap_days,
        next_rank - promise_count as first_rank,
        next_rank - 1 as last_rank
    from cumulated_in_hours

),

bracketed as (

    select
        {{ cell | join(', ') }},
        cell_count
        {%- for name, share in shares.items() %}
        {%- for side in ['floor', 'ceil'] %},
        max(case when {{ side }}({{ share }} * (cell_count - 1)) between first_rank and last_rank then gap_days end) as {{ name }}_{{ side }}
        {%- endfor %}
        {%- for side, rank in [
            ('low', cx_warehouse.quantile_rank_low('cell_count', share)), ('high', cx_warehouse.quantile_rank_high('cell_count', share)),
        ] %},
        max(case when {{ rank }} - 1 between first_rank and last_rank then gap_days end) as {{ name }}_{{ side }}
        {%- endfor %}
        {%- endfor %}
    from ranked
    group by {{ cell | join(', ') }}, cell_count

),

final as (

    select
        {{ cell | join(', ') }}
        {%- for name, share in shares.items() %},
        {{ name }}_floor + ({{ name }}_ceil - {{ name }}_floor) * ({{ share }} * (cell_count - 1) - floor({{ share }} * (cell_count - 1))) as gap_days_{{ name }},
        {{ name }}_low as gap_days_{{ name }}_low,
        {{ name }}_high as gap_days_{{ name }}_high
        {%- endfor %}
    from bracketed

)

select * from final
