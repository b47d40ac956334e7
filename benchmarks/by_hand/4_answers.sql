-- Answers, each beside what was expected of the same thing, and scores by month × touchpoint × segment with all roll-ups.

create temp table answers as
select answers.* exclude (customer_id), coalesce(known_ids.customer_id, answers.customer_id) as customer_id,
    answers.customer_id is not null and known_ids.customer_id is null as is_orphan
from (
    select
        answer_id, response_id, customer_id, order_id, contact_id, touchpoint, question_kind, item,
        coalesce(unit, 'score') as unit,
        try_cast(score as double) as score, cast(scale_min as double) as scale_min, cast(scale_max as double) as scale_max,
        cast(responded_at as timestamp) as responded_at
    from read_parquet('{landing}/survey/answers/*.parquet')
    qualify row_number() over (partition by answer_id order by cast(updated_at as timestamp) desc) = 1
        and deleted_at is null
) as answers
left join known_ids on answers.customer_id = known_ids.known_id
where score is not null;

create temp table invitations as
select invitations.* exclude (customer_id), coalesce(known_ids.customer_id, invitations.customer_id) as customer_id
from (
    select invitation_id, customer_id, order_id, contact_id, touchpoint, response_id, cast(sent_at as timestamp) as sent_at
    from read_parquet('{landing}/survey/invitations/*.parquet')
    qualify row_number() over (partition by invitation_id order by cast(updated_at as timestamp) desc) = 1
        and deleted_at is null
) as invitations
left join known_ids on invitations.customer_id = known_ids.known_id;

-- The expectation of the same questionnaire, else the last before the experience; the first experience after an expectation.
create temp table pairs as
with about as (
    select *, coalesce(order_id, contact_id, response_id) as subject
    from answers
    where question_kind in ('expected', 'experienced') and item is not null
)
select experienced.answer_id as experienced_id, expected.answer_id as expected_id
from about as experienced
inner join about as expected using (subject, item, touchpoint, unit)
where experienced.question_kind = 'experienced' and expected.question_kind = 'expected'
    and experienced.customer_id is not distinct from expected.customer_id
qualify row_number() over (
        partition by experienced.answer_id
        order by expected.response_id <> experienced.response_id, expected.responded_at > experienced.responded_at, expected.responded_at desc, expected.answer_id
    ) = 1
    and row_number() over (
        partition by expected.answer_id
        order by expected.response_id <> experienced.response_id, expected.responded_at > experienced.responded_at, experienced.responded_at, experienced.answer_id
    ) = 1;

create table fct_answers as
select
    answer_id, response_id, answers.customer_id, order_id, contact_id,
    coalesce(had.expected_id, was.experienced_id) as paired_answer_id,
    touchpoint, coalesce(customers.segment, 'unknown') as segment, question_kind, item, unit,
    concat(cast(scale_min as bigint), '–', cast(scale_max as bigint)) as scale, score, scale_min, scale_max,
    case when score between scale_min and scale_max then 100 * (score - scale_min) / (scale_max - scale_min) end as score_100,
    score between scale_min and scale_max as is_in_scale, is_orphan, responded_at
from answers
left join customers on answers.customer_id = customers.customer_id
left join pairs as had on answers.answer_id = had.experienced_id
left join pairs as was on answers.answer_id = was.expected_id;

create table mart_survey_scores as
with asked as (
    select
        month, question_kind, coalesce(touchpoint, 'all') as touchpoint, coalesce(segment, 'all') as segment,
        any_value(scale) as scale,
        count(*) filter (is_in_scale) as answer_count, count(*) filter (not is_in_scale) as out_of_scale_count,
        count(*) filter (is_in_scale and score >= case question_kind when 'nps' then 9 when 'csat' then 4 else 5 end)
            as favourable,
        count(*) filter (is_in_scale and question_kind = 'nps' and score <= 6) as unfavourable
    from fct_answers inner join periods on month_of(responded_at) = period_month
    where question_kind in ('nps', 'csat', 'ces')
    group by month, question_kind, cube (fct_answers.touchpoint, fct_answers.segment)
),
sent as (
    select
        month, coalesce(touchpoint, 'all') as touchpoint, coalesce(segment, 'all') as segment,
        count(*) as invitation_count, count(response_id) as response_count
    from (
        select invitations.*, coalesce(customers.segment, 'unknown') as segment
        from invitations left join customers using (customer_id)
    ) as invited
    inner join periods on month_of(sent_at) = period_month
    group by month, cube (invited.touchpoint, invited.segment)
),
cells as (
    select month, touchpoint, segment, question_kind, scale from asked
    union
    select month, touchpoint, segment, question_kind, 'all' from asked
    union
    select month, touchpoint, segment, unnest(['nps', 'csat', 'ces']), 'all' from sent
    union
    select distinct month, 'all', 'all', unnest(['nps', 'csat', 'ces']), 'all' from periods
),
counted as (
    select
        cells.*,
        coalesce(columns(asked.* exclude (month, question_kind, touchpoint, segment, scale)), 0),
        coalesce(columns(sent.* exclude (month, touchpoint, segment)), 0)
    from cells
    left join asked using (month, touchpoint, segment, question_kind)
    left join sent using (month, touchpoint, segment)
)
select
    month, touchpoint, segment, question_kind, scale, answer_count, out_of_scale_count, response_count, invitation_count,
    case
        when answer_count < 30 then null
        when question_kind = 'nps' then 100 * (favourable - unfavourable) / answer_count
        else favourable / answer_count
    end as score,
    case
        when question_kind <> 'nps' then wilson_low(favourable, answer_count)
        when answer_count >= 5 then greatest(-100, 100 * (net - width))
    end as score_low,
    case
        when question_kind <> 'nps' then wilson_high(favourable, answer_count)
        when answer_count >= 5 then least(100, 100 * (net + width))
    end as score_high,
    case when invitation_count >= 30 then response_count / invitation_count end as response_rate,
    wilson_low(response_count, invitation_count) as response_rate_low,
    wilson_high(response_count, invitation_count) as response_rate_high
from (
    -- Three answers more: ¾ of one at each end.
    select
        *, answer_count + 3 as n, (favourable - unfavourable) / n as net,
        1.959963984540054 * sqrt(((favourable + unfavourable + 1.5) / n - net ** 2) / n) as width
    from counted
);
