-- Grain: one row per invitation to a survey, with whether it was answered by as_of.
-- An invitation often carries its response without saying when it came, so a response of which every answer was given
-- after as_of has not happened yet. A response that no answer belongs to counts: the tool says that it came.
with

invitations as (

    select * from {{ ref('stg_survey__invitations') }}

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

later_responses as (

    select answers.response_id
    from {{ ref('base_survey__answers') }} as answers
    cross join {{ ref('stg_as_of') }} as as_of_row
    group by answers.response_id
    having min(answers.responded_at) > max(as_of_row.as_of)

),

final as (

    select
        invitations.invitation_id,
        invitations.customer_id,
        invitations.touchpoint,
        coalesce(customers.segment, 'unknown') as segment,
        invitations.response_id is not null and later_responses.response_id is null as is_answered,
        invitations.sent_at
    from invitations
    left join customers on invitations.customer_id = customers.customer_id
    left join later_responses on invitations.response_id = later_responses.response_id

)

select * from final
