{#- A query: who was still at risk when things happened, for a stratified Cox regression on one yes-or-no covariate.
    Arguments: `relation`, a name to select from, one row per person followed; `groups`, columns (the stratum among them) whose
    values are kept apart; `time`, `is_exposed`, `is_event` as in kaplan_meier and log_rank. One row per group, time at
    which something happened and rank among what happened then (from 0): tie_share (rank ÷ number of events then),
    exposed_at_risk and unexposed_at_risk, from which tied events leave one after another in equal parts, and
    exposed_share, the share of these events that happened to the exposed.
    Source: Efron (1977), Journal of the American Statistical Association 72, 557–565. -#}
{% macro risk_sets(relation, groups, time, is_exposed, is_event) -%}
    {{ return(adapter.dispatch('risk_sets', 'cx_warehouse')(relation, groups, time, is_exposed, is_event)) }}
{%- endmacro %}

{% macro default__risk_sets(relation, groups, time, is_exposed, is_event) -%}
    {%- set names = groups | join(', ') -%}
    with

    left_at as (

        select
            {{ names }},
            {{ time }},
            count(*) as leaving_count,
            {{ cx_warehouse.count_if(is_exposed) }} as exposed_leaving_count,
            {{ cx_warehouse.count_if(is_event) }} as event_count,
            {{ cx_warehouse.count_if(is_event ~ ' and ' ~ is_exposed) }} as exposed_event_count
        from {{ relation }}
        where {{ time }} >= 0 and {{ is_event }} is not null and {{ is_exposed }} is not null
        group by {{ names }}, {{ time }}

    ),

    at_risk as (

        select
            left_at.*,
            sum(leaving_count) over still_to_leave as at_risk_count,
            sum(exposed_leaving_count) over still_to_leave as exposed_at_risk_count
        from left_at
        window still_to_leave as (
            partition by {{ names }} order by {{ time }} desc rows between unbounded preceding and current row
        )

    ),

    happened as (

        select * from at_risk where event_count > 0

    ),

    -- Events of one time differ in their rank only, so they need not be read again one by one.
    ranked as (

        {{ cx_warehouse.repeated('happened', 'event_count', 'tie_rank') }}

    ),

    shared as (

        select
            ranked.*,
            {{ cx_warehouse.ratio('tie_rank', 'event_count') }} as tie_share
        from ranked

    )

    select
        {{ names }},
        {{ time }},
        tie_rank,
        tie_share,
        cast(exposed_at_risk_count as double) - tie_share * exposed_event_count as exposed_at_risk,
        cast(at_risk_count - exposed_at_risk_count as double) - tie_share * (event_count - exposed_event_count) as unexposed_at_risk,
        {{ cx_warehouse.ratio('exposed_event_count', 'event_count') }} as exposed_share
    from shared
{%- endmacro %}
