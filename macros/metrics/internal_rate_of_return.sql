{#- A query: the rate per year at which the amounts of a group are worth nothing together, one row per value of `groups` that
    has exactly one: first money goes out, then it comes in, and the rate lies between −90 % and 1,000 %. Each round cuts
    the interval that holds it into 1,000 parts; after four it is known to 11 digits. `relation` has one row per group and period.
    Source: Brealey, Myers, Allen, Principles of Corporate Finance, ch. 5. -#}
{% macro internal_rate_of_return(relation, groups, years, amount, name='internal_rate') -%}
    {{ return(adapter.dispatch('internal_rate_of_return', 'cx_warehouse')(relation, groups, years, amount, name)) }}
{%- endmacro %}
{% macro default__internal_rate_of_return(relation, groups, years, amount, name) -%}
    {%- set names = groups | join(', ') -%}
    {%- set step = '(highest - lowest) / 1000e0' -%}
    {%- set digits -%}
        {%- for digit in range(10) %}select {{ digit }} as digit{{ ' union all ' if not loop.last }}{% endfor -%}
    {%- endset -%}
    {%- set found = namespace(query="select " ~ names ~ ", last_years, cast(-0.9e0 as double) as lowest, cast(10e0 as double) as highest from (" ~ cx_warehouse.conventional_flows(relation, groups, years, amount) ~ ") as conventional") -%}
    {%- for round in range(4) -%}
        {%- set worths -%}
            select
                {% for group in groups %}bracketed.{{ group }}, {% endfor %}
                last_years,
                lowest + part * {{ step }} as rate,
                {{ step }} as width,
                {#- Which sign it has is the same at any date; counted from the last one no amount grows without bounds. #}
                {{ cx_warehouse.net_present_value(
                    'flows.' ~ amount,
                    'lowest + part * ' ~ step,
                    'flows.' ~ years ~ ' - case when lowest + part * ' ~ step ~ ' < 0 then last_years else 0 end'
                ) }} as worth
            from ({{ found.query }}) as bracketed
            cross join (
                select units.digit + 10 * tens.digit + 100 * hundreds.digit as part
                from ({{ digits }}) as units cross join ({{ digits }}) as tens cross join ({{ digits }}) as hundreds
            ) as parts
            inner join {{ relation }} as flows on {% for group in groups %}bracketed.{{ group }} = flows.{{ group }}{{ ' and ' if not loop.last }}{% endfor %}
            group by {% for group in groups %}bracketed.{{ group }}, {% endfor %}last_years, lowest, highest, part
        {%- endset -%}
        {%- set found.query -%}
            select {{ names }}, last_years, max(rate) as lowest, max(rate + width) as highest
            from ({{ worths }}) as worths
            where worth >= 0
            group by {{ names }}, last_years
        {%- endset -%}
    {%- endfor -%}
    select {{ names }}, (lowest + highest) / 2e0 as {{ name }} from ({{ found.query }}) as found where highest < 9.999999e0
{%- endmacro %}

{#- Groups whose amounts change their sign once, from paid to received: only these have one rate. -#}
{% macro conventional_flows(relation, groups, years, amount) -%}
    {%- set names = groups | join(', ') -%}
    select {{ names }}, max({{ years }}) as last_years
    from (
        select
            {{ names }},
            {{ years }},
            sign({{ amount }}) as direction,
            lag(sign({{ amount }})) over (partition by {{ names }} order by {{ years }}) as earlier_direction
        from {{ relation }}
        where {{ amount }} <> 0
    ) as signed
    group by {{ names }}
    having
        sum(case when earlier_direction is null and direction < 0 then 1 else 0 end) = 1
        and sum(case when earlier_direction is not null and direction <> earlier_direction then 1 else 0 end) = 1
{%- endmacro %}
