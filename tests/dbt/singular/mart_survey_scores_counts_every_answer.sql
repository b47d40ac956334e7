-- Every answer and every invitation stands in the mart once: in the total, and in the sum of its finest rows.
with

-- Some tools write the year 1 where they know none: that is in no period.
answers as (

    select
        question_kind,
        count(*) as fact_count
    from {{ ref('fct_answers') }}
    where responded_at >= cast('1900-01-02' as {{ dbt.type_timestamp() }})
    group by question_kind

),

invitations as (

    select count(*) as fact_count
    from {{ ref('int_invitations_answered') }}
    where sent_at >= cast('1900-01-02' as {{ dbt.type_timestamp() }})

),

scores as (

    select
        *,
        answer_count + out_of_scale_count + other_scale_count as all_answer_count
    from {{ ref('mart_survey_scores') }}
    where scale = 'all'

),

totals as (

    select
        question_kind,
        'total' as counted_in,
        all_answer_count,
        invitation_count
    from scores
    where month = 'all' and touchpoint = 'all' and segment = 'all'

    union all

    select
        question_kind,
        'finest rows' as counted_in,
        sum(all_answer_count) as all_answer_count,
        sum(invitation_count) as invitation_count
    from scores
    where month_start_date is not null and touchpoint <> 'all' and segment <> 'all'
    group by question_kind

),

final as (

    select
        totals.question_kind,
        totals.counted_in,
        totals.all_answer_count,
        answers.fact_count as expected_answer_count,
        totals.invitation_count,
        invitations.fact_count as expected_invitation_count
    from totals
    cross join invitations
    left join answers on totals.question_kind = answers.question_kind
    where
        -- An absent table has no count in the mart and no row in the facts.
        coalesce(totals.all_answer_count, 0) <> coalesce(answers.fact_count, 0)
        or coalesce(totals.invitation_count, 0) <> invitations.fact_count

)

select * from final
