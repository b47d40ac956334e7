-- Grain: one row per ticket and export that holds it, in whichever shape it came.
with

csv_tickets as (

    select * from {{ source('zendesk', 'tickets_csv_export') }}

),

json_tickets as (

    select * from {{ source('zendesk', 'tickets_json_export') }}

),

json_users as (

    select * from {{ source('zendesk', 'users_json_export') }}

),

tickets as (

    select * from {{ source('zendesk', 'tickets') }}

),

users as (

    select * from {{ source('zendesk', 'users') }}

),

comments as (

    select * from {{ source('zendesk', 'ticket_comments') }}

),

histories as (

    select * from {{ source('zendesk', 'ticket_field_histories') }}

),

ticket_tags as (

    select * from {{ source('zendesk', 'ticket_tags') }}

),

-- A user may have been exported more than once, before the address was known and after.
people as (

    select
        id,
        max(email_hash) as email_hash,
        max(external_id) as external_id
    from (
        select id, email as email_hash, external_id from json_users
        union all
        select id, email, external_id from users
    ) as all_users
    group by id

),

-- The first message that the customer could read and did not write.
replies as (

    select
        comments.ticket_id,
        min({{ cx_warehouse.read_instant(cx_warehouse.utc_text('comments.created_at')) }}) as replied_at
    from comments
    inner join tickets on comments.ticket_id = tickets.id
    where
        {{ cx_warehouse.is_set('comments.is_public') }}
        and comments.user_id <> tickets.requester_id
    group by comments.ticket_id

),

solutions as (

    select
        ticket_id,
        max({{ cx_warehouse.read_instant(cx_warehouse.utc_text('changed_at')) }}) as solved_at
    from histories
    where field_name = 'status' and new_value = 'solved'
    group by ticket_id

),

tags as (

    select
        ticket_id,
        {{ cx_warehouse.joined_text('tag', ' ') }} as tags
    from ticket_tags
    group by ticket_id

),

shapes as (

    select
        id as ticket_id,
        requester_id,
        requester_external_id as external_person_id,
        requester_email as email_hash,
        {{ cx_warehouse.unfilled() }} as order_id,
        lower(via) as via,
        lower(status) as status,
        tags,
        created_at as opened_at,
        {{ cx_warehouse.instant_to_text(cx_warehouse.add_seconds(
            cx_warehouse.read_instant('created_at'), cx_warehouse.read_integer('first_reply_time_in_minutes') ~ ' * 60'
        )) }} as first_response_at,
        solved_at,
        updated_at,
        {{ cx_warehouse.unfilled() }} as is_deleted,
        _file,
        _line,
        _load_id,
        _loaded_at
    from csv_tickets

    union all

    select
        id,
        requester_id,
        {{ cx_warehouse.unfilled() }},
        requester_email,
        external_id,
        lower(via_channel),
        lower(status),
        replace(replace(replace(replace(tags, '[', ''), ']', ''), '"', ''), ',', ' '),
        created_at,
        {{ cx_warehouse.instant_to_text(cx_warehouse.add_seconds(
            cx_warehouse.read_instant('created_at'), cx_warehouse.read_integer('first_reply_minutes') ~ ' * 60'
        )) }},
        solved_at,
        updated_at,
        {{ cx_warehouse.unfilled() }},
        _file,
        _line,
        _load_id,
        _loaded_at
    from json_tickets

    union all

    select
        tickets.id,
        tickets.requester_id,
        {{ cx_warehouse.unfilled() }},
        {{ cx_warehouse.unfilled() }},
        tickets.external_id,
        lower(tickets.via_channel),
        lower(tickets.status),
        tags.tags,
        {{ cx_warehouse.utc_text('tickets.created_at') }},
        {{ cx_warehouse.instant_to_text('replies.replied_at') }},
        {{ cx_warehouse.instant_to_text('solutions.solved_at') }},
        {{ cx_warehouse.utc_text('tickets.updated_at') }},
        tickets.fivetran_deleted,
        tickets._file,
        tickets._line,
        tickets._load_id,
        tickets._loaded_at
    from tickets
    left join replies on tickets.id = replies.ticket_id
    left join solutions on tickets.id = solutions.ticket_id
    left join tags on tickets.id = tags.ticket_id

),

final as (

    select
        shapes.*,
        coalesce(
            shapes.email_hash, people.email_hash, shapes.external_person_id, people.external_id, shapes.requester_id
        ) as person_id
    from shapes
    left join people on shapes.requester_id = people.id

)

select * from final
