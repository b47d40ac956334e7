{#- A query: the Kaplan–Meier estimate of the share to whom it has not happened yet, from rows of people followed.
    Arguments: `relation`, a name to select from; `groups`, columns whose values are estimated apart; `time`, a column:
    how long one was followed; `is_event`, a boolean column: whether it happened then (else the follow-up ended then).
    Rows without a time, with one below 0 or without is_event are left out. One row per group and time at which somebody
    left: at_risk_count (followed until then), event_count, censored_count, survival_rate after it, survival_rate_low and
    _high (95 %), log_variance (Greenwood's, of the logarithm of survival_rate), and next_<time>, where the next row of
    the group begins. The band is that of log(−log S), which stays within 0 and 1; it is null while nothing has happened
    and when nobody is left, since it has no width there. Events of one time come before its censorings. Each person
    counts as independent of the others.
    Sources: Kaplan, Meier (1958), Journal of the American Statistical Association 53, 457–481; Greenwood (1926);
    Kalbfleisch, Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd ed., 1.4. -#}
{% macro kaplan_meier(relation, groups, time, is_event) -%}
    {{ return(adapter.dispatch('kaplan_meier', 'cx_warehouse')(relation, groups, time, is_event)) }}
{%- endmacro %}

{% macro default__kaplan_meier(relation, groups, time, is_event) -%}
    {%- set names = groups | join(', ') -%}
    {%- set listed = names ~ ', ' if groups else '' -%}
    {%- set within = 'partition by ' ~ names ~ ' ' if groups else '' -%}
    {%- set half_width -%}
        {{ cx_warehouse.z_95() }} * sqrt(log_variance) / abs(log_survival)
    {%- endset -%}
    select
        {{ listed }}{{ time }},
        next_{{ time }},
        at_risk_count,
        event_count,
        censored_count,
        -- A half by count is a half: the logarithm goes there and back with an error in the 16th digit.
        case when is_nobody_left then 0e0 else round(exp(log_survival), 15) end as survival_rate,
        case
            when not is_nobody_left and log_survival < 0
                then exp(log_survival * exp({{ half_width }}))
        end as survival_rate_low,
        case
            when not is_nobody_left and log_survival < 0
                then exp(log_survival * exp(-{{ half_width }}))
        end as survival_rate_high,
        case when not is_nobody_left then log_variance end as log_variance
    from (
        select
            {{ listed }}{{ time }},
            next_{{ time }},
            at_risk_count,
            event_count,
            censored_count,
            max(case when event_count = at_risk_count then 1 else 0 end) over so_far = 1 as is_nobody_left,
            -- Sums of decimals do not depend on the order in which an engine adds.
            cast(sum(cast(
                case when event_count < at_risk_count
                    then ln({{ cx_warehouse.ratio('at_risk_count - event_count', 'at_risk_count') }}) else 0e0 end
                as numeric(38, 18)
            )) over so_far as double) as log_survival,
            cast(sum(cast(
                case when event_count < at_risk_count
                    then {{ cx_warehouse.ratio('event_count', 'cast(at_risk_count as double) * (at_risk_count - event_count)') }}
                    else 0e0 end
                as numeric(38, 18)
            )) over so_far as double) as log_variance
        from (
            select
                {{ listed }}{{ time }},
                lead({{ time }}) over ({{ within }}order by {{ time }}) as next_{{ time }},
                cast(sum(leaving_count) over (
                    {{ within }}order by {{ time }} desc rows between unbounded preceding and current row
                ) as {{ dbt.type_bigint() }}) as at_risk_count,
                event_count,
                leaving_count - event_count as censored_count
            from (
                select
                    {{ listed }}{{ time }},
                    count(*) as leaving_count,
                    {{ cx_warehouse.count_if(is_event) }} as event_count
                from {{ relation }}
                where {{ time }} >= 0 and {{ is_event }} is not null
                group by {{ listed }}{{ time }}
            ) as left_at
        ) as at_risk
        window so_far as ({{ within }}order by {{ time }} rows between unbounded preceding and current row)
    ) as summed
{%- endmacro %}
