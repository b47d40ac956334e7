-- Grain: one row per month × touchpoint × segment × question kind × scale; `all` is the roll-up of each but the kind.
-- Months are those of answering for scores and those of sending for response rates. Scales are never mixed: the row
-- with scale `all` shows a score only where all readable answers of its cell were given on one scale.
{%- set passive_count = 'answer_count - favourable_count - unfavourable_count' %}
with

answers as (

    select
        question_kind,
        {{ cx_warehouse.dimension('touchpoint') }} as touchpoint,
        {{ cx_warehouse.dimension('segment') }} as segment,
        -- A scale in hours is not one of opinions.
        case
            when unit = 'unknown' then concat(scale, ' in an unknown unit')
            when unit <> 'score' then concat(scale, ' ', unit)
            else scale
        end as scale,
        unit = 'score' and {{ cx_warehouse.is_usable_scale('question_kind', 'scale_min', 'scale_max') }} as is_usable,
        coalesce(is_in_scale, false) as is_in_scale,
        case question_kind
            when 'nps' then {{ cx_warehouse.is_promoter('score') }}
            when 'csat' then {{ cx_warehouse.is_top_box('score', 'scale_min', 'scale_max') }}
            when 'ces' then {{ cx_warehouse.is_easy('score', 'scale_min', 'scale_max') }}
        end as is_favourable,
        question_kind = 'nps' and {{ cx_warehouse.is_detractor('score') }} as is_unfavourable,
        {{ cx_warehouse.period_month('responded_at') }} as period_month
    from {{ ref('fct_answers') }}
    where question_kind in ('nps', 'csat', 'ces')

),

invitations as (

    select
        {{ cx_warehouse.dimension('touchpoint') }} as touchpoint,
        {{ cx_warehouse.dimension('segment') }} as segment,
        is_answered,
        {{ cx_warehouse.period_month('sent_at') }} as period_month
    from {{ ref('int_invitations_answered') }}

),

periods as (

    select * from {{ ref('int_reporting_periods') }}

),

period_months as (

    select * from {{ ref('int_reporting_period_months') }}

),

question_kinds as (

    select 'nps' as question_kind
    union all
    select 'csat' as question_kind
    union all
    select 'ces' as question_kind

),

-- Absent is not empty: without the table a count is unknown, with it a cell that nobody filled is zero.
sources as (

    select
        {{ cx_warehouse.is_present('survey.answers') }} as has_answers,
        {{ cx_warehouse.is_present('survey.invitations') }} as has_invitations

),

-- Counts add up over months, touchpoints and segments, so facts are counted once and every roll-up is a sum of counts.
answers_by_month as (

    select
        period_month,
        touchpoint,
        segment,
        question_kind,
        scale,
        is_usable,
        {{ cx_warehouse.count_if('is_usable and is_in_scale') }} as answer_count,
        {{ cx_warehouse.count_if('is_usable and is_in_scale and is_favourable') }} as favourable_count,
        {{ cx_warehouse.count_if('is_usable and is_in_scale and is_unfavourable') }} as unfavourable_count,
        {{ cx_warehouse.count_if('is_usable and not is_in_scale') }} as out_of_scale_count,
        {{ cx_warehouse.count_if('not is_usable') }} as other_scale_count
    from answers
    group by period_month, touchpoint, segment, question_kind, scale, is_usable

),

answers_by_scale as (

    select
        period_months.month,
        case
            when grouping(answers_by_month.touchpoint) = 1 then 'all' else answers_by_month.touchpoint
        end as touchpoint,
        case when grouping(answers_by_month.segment) = 1 then 'all' else answers_by_month.segment end as segment,
        answers_by_month.question_kind,
        answers_by_month.scale,
        sum(answers_by_month.answer_count) as answer_count,
        sum(answers_by_month.favourable_count) as favourable_count,
        sum(answers_by_month.unfavourable_count) as unfavourable_count,
        sum(answers_by_month.out_of_scale_count) as out_of_scale_count,
        sum(answers_by_month.other_scale_count) as other_scale_count,
        case when sum(answers_by_month.answer_count) > 0 then answers_by_month.scale end as read_scale,
        case when not answers_by_month.is_usable then answers_by_month.scale end as unread_scale
    from answers_by_month
    inner join period_months on answers_by_month.period_month = period_months.period_month
    group by
        period_months.month,
        answers_by_month.question_kind,
        answers_by_month.scale,
        answers_by_month.is_usable,
        cube (answers_by_month.touchpoint, answers_by_month.segment)

),

answers_counted as (

    select
        month,
        touchpoint,
        segment,
        question_kind,
        scale,
        answer_count,
        favourable_count,
        unfavourable_count,
        out_of_scale_count,
        other_scale_count,
        read_scale as first_read_scale,
        read_scale as last_read_scale,
        unread_scale as first_unread_scale,
        1 as unread_scale_count
    from answers_by_scale

    union all

    select
        month,
        touchpoint,
        segment,
        question_kind,
        'all' as scale,
        sum(answer_count) as answer_count,
        sum(favourable_count) as favourable_count,
        sum(unfavourable_count) as unfavourable_count,
        sum(out_of_scale_count) as out_of_scale_count,
        sum(other_scale_count) as other_scale_count,
        min(read_scale) as first_read_scale,
        max(read_scale) as last_read_scale,
        min(unread_scale) as first_unread_scale,
        count(unread_scale) as unread_scale_count
    from answers_by_scale
    group by month, touchpoint, segment, question_kind

),

invitations_counted as (

    select
        period_months.month,
        case when grouping(invitations.touchpoint) = 1 then 'all' else invitations.touchpoint end as touchpoint,
        case when grouping(invitations.segment) = 1 then 'all' else invitations.segment end as segment,
        {{ cx_warehouse.count_if('invitations.is_answered') }} as response_count,
        count(*) as invitation_count
    from invitations
    inner join period_months on invitations.period_month = period_months.period_month
    group by period_months.month, cube (invitations.touchpoint, invitations.segment)

),

-- `union` and not `union all`, since a cell may hold answers and invitations. Every period has its total, so that a
-- page can say why there is no number.
cells as (

    select month, touchpoint, segment, question_kind, scale from answers_counted

    union

    select
        invitations_counted.month,
        invitations_counted.touchpoint,
        invitations_counted.segment,
        question_kinds.question_kind,
        'all' as scale
    from invitations_counted
    cross join question_kinds

    union

    select
        periods.month,
        'all' as touchpoint,
        'all' as segment,
        question_kinds.question_kind,
        'all' as scale
    from periods
    cross join question_kinds

),

counted as (

    select
        cells.month,
        cells.touchpoint,
        cells.segment,
        cells.question_kind,
        cells.scale,
        case when sources.has_answers then coalesce(answers_counted.answer_count, 0) end as answer_count,
        case when sources.has_answers then coalesce(answers_counted.favourable_count, 0) end as favourable_count,
        case when sources.has_answers then coalesce(answers_counted.unfavourable_count, 0) end as unfavourable_count,
        case when sources.has_answers then coalesce(answers_counted.out_of_scale_count, 0) end as out_of_scale_count,
        case when sources.has_answers then coalesce(answers_counted.other_scale_count, 0) end as other_scale_count,
        case when sources.has_invitations then coalesce(invitations_counted.response_count, 0) end as response_count,
        case
            when sources.has_invitations then coalesce(invitations_counted.invitation_count, 0)
        end as invitation_count,
        case
            when not sources.has_answers then 'source survey.answers is absent'
            when answers_counted.first_read_scale <> answers_counted.last_read_scale then concat(
                'answers on scales ', answers_counted.first_read_scale, ' and ', answers_counted.last_read_scale,
                ' cannot be mixed'
            )
            when
                answers_counted.first_read_scale is null
                and answers_counted.first_unread_scale is not null then concat(
                cells.question_kind, ' is read on ', {{ cx_warehouse.usable_scales('cells.question_kind') }},
                ' only; found ', answers_counted.first_unread_scale,
                case
                    when answers_counted.unread_scale_count > 1 then concat(
                        ' and ', cast(answers_counted.unread_scale_count - 1 as {{ dbt.type_string() }}), ' more'
                    )
                    else ''
                end
            )
        end as score_withheld_reason,
        case when not sources.has_invitations then 'source survey.invitations is absent' end as rate_withheld_reason,
        periods.is_running,
        periods.month_start_date
    from cells
    cross join sources
    inner join periods on cells.month = periods.month
    left join answers_counted
        on cells.month = answers_counted.month
        and cells.touchpoint = answers_counted.touchpoint
        and cells.segment = answers_counted.segment
        and cells.question_kind = answers_counted.question_kind
        and cells.scale = answers_counted.scale
    left join invitations_counted
        on cells.month = invitations_counted.month
        and cells.touchpoint = invitations_counted.touchpoint
        and cells.segment = invitations_counted.segment

),

estimated as (

    select
        counted.*,
        case question_kind
            when 'nps' then {{ cx_warehouse.nps('favourable_count', 'unfavourable_count', 'answer_count') }}
            when 'csat' then {{ cx_warehouse.csat('favourable_count', 'answer_count') }}
            when 'ces' then {{ cx_warehouse.ces('favourable_count', 'answer_count') }}
        end as score,
        case question_kind
            when 'nps' then {{ cx_warehouse.nps_low('favourable_count', passive_count, 'unfavourable_count') }}
            else {{ cx_warehouse.wilson_low('favourable_count', 'answer_count') }}
        end as score_low,
        case question_kind
            when 'nps' then {{ cx_warehouse.nps_high('favourable_count', passive_count, 'unfavourable_count') }}
            else {{ cx_warehouse.wilson_high('favourable_count', 'answer_count') }}
        end as score_high,
        {{ cx_warehouse.response_rate('response_count', 'invitation_count') }} as response_rate,
        {{ cx_warehouse.wilson_low('response_count', 'invitation_count') }} as response_rate_low,
        {{ cx_warehouse.wilson_high('response_count', 'invitation_count') }} as response_rate_high,
        -- What is withheld for its scale rests on no answer that may be read.
        case when score_withheld_reason is null then answer_count end as score_observations
    from counted

),

final as (

    select
        {{ cx_warehouse.surrogate_key(['month', 'touchpoint', 'segment', 'question_kind', 'scale']) }}
            as survey_score_id,
        month,
        touchpoint,
        segment,
        question_kind,
        scale,
        concat(
            case question_kind
                when 'nps' then 'score: adjusted Wald (+3 answers, +¾ at each end)'
                else 'score: Wilson'
            end,
            '; response rate: Wilson; both 95 %, clustering by customer ignored'
        ) as method,
        {{ cx_warehouse.estimate_status('score_observations', 'is_running') }} as status,
        coalesce(score_withheld_reason, {{ cx_warehouse.estimate_reason('score_observations') }}) as reason,
        {{ cx_warehouse.estimate_status('invitation_count', 'is_running') }} as response_rate_status,
        coalesce(rate_withheld_reason, {{ cx_warehouse.estimate_reason('invitation_count') }}) as response_rate_reason,
        cast(answer_count as {{ dbt.type_bigint() }}) as answer_count,
        cast(out_of_scale_count as {{ dbt.type_bigint() }}) as out_of_scale_count,
        cast(other_scale_count as {{ dbt.type_bigint() }}) as other_scale_count,
        cast(response_count as {{ dbt.type_bigint() }}) as response_count,
        cast(invitation_count as {{ dbt.type_bigint() }}) as invitation_count,
        {{ cx_warehouse.point('score', 'score_observations') }} as score,
        {{ cx_warehouse.bound('score_low', 'score_observations') }} as score_low,
        {{ cx_warehouse.bound('score_high', 'score_observations') }} as score_high,
        {{ cx_warehouse.point('response_rate', 'invitation_count') }} as response_rate,
        {{ cx_warehouse.bound('response_rate_low', 'invitation_count') }} as response_rate_low,
        {{ cx_warehouse.bound('response_rate_high', 'invitation_count') }} as response_rate_high,
        month_start_date
    from estimated

)

select
    survey_score_id,
    month,
    touchpoint,
    segment,
    question_kind,
    scale,
    method,
    status,
    reason,
    response_rate_status,
    response_rate_reason,
    answer_count,
    out_of_scale_count,
    other_scale_count,
    response_count,
    invitation_count,
    score,
    score_low,
    score_high,
    response_rate,
    response_rate_low,
    response_rate_high,
    month_start_date
from final
