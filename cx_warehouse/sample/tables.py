"""From the simulated arrays to the thirteen tables of the contract: one DuckDB view each, in the contract's words."""

from collections.abc import Iterable
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from cx_warehouse.sample import catalogue, dirty, shop
from cx_warehouse.sample import contacts as contact
from cx_warehouse.sample import fulfilment as goods
from cx_warehouse.sample import surveys as survey
from cx_warehouse.sample.clock import DAY, END, LAST_SECOND, START
from cx_warehouse.sample.draws import Draws
from cx_warehouse.sample.orders import NEVER, Columns, World, places

_FIRST_NAMES = (
    "anna",
    "bruno",
    "chiara",
    "dimitri",
    "elena",
    "finn",
    "greta",
    "hugo",
    "ines",
    "jonas",
    "katri",
    "luca",
)
_LAST_NAMES = ("abel", "bianchi", "costa", "dubois", "eriksen", "fischer", "garcia", "horvat", "ivanov", "jansen")
_CHANNELS_OF_ACQUISITION = ("search", "advertising", "recommendation", "marketplace", "newsletter")
_CHANNEL_WEIGHTS = (0.34, 0.26, 0.20, 0.13, 0.07)
_HELPDESK_SHARE, _SURVEY_TOOL_SHARE, _USES_TOOL_ID_SHARE = 0.35, 0.25, 0.60


def describe(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Create a view per table of the contract, named `<system>.<table>`, whose columns read as the contract says.

    Args:
        connection: a DuckDB connection that lives as long as the views are read.
        world: what was simulated.
    """
    details = goods.order_details(world)
    contacts = contact.contacts(world)
    invited = survey.invitations(world, contacts)
    arrays = {
        "customers": _customers(world),
        "orders": world.orders | details | {"place": _position(details["amount"])},
        "shipments": goods.shipments(world, details),
        "promises": goods.promises(world),
        "adjustments": goods.adjustments(world, details),
        "contacts": contacts | _identity(world, contacts, "contact"),
        "invitations": invited | _identity(world, invited, "invitation"),
        "answers": survey.answers(world, invited, contacts),
    }
    for name, columns in arrays.items():
        columns = columns | {"position": _position(next(iter(columns.values())))}
        connection.register(f"sim_{name}", pa.table({key: pa.array(values) for key, values in columns.items()}))
    _register_catalogue(connection, len(world.orders["uid"]))
    for statement in _MACROS:
        connection.execute(statement)
    for system in ("crm", "survey", "fulfilment"):
        connection.execute(f"create schema {system}")
    for table, select in _views().items():
        connection.execute(f"create view {table} as {select}")


def _position(values: np.ndarray) -> np.ndarray:
    return np.arange(len(values), dtype=np.int64)


def _customers(world: World) -> Columns:
    draws, people = Draws(world.seed), world.customers
    uid, first = people["uid"], people["first_ordered"]
    signed_up = np.where(
        draws.uniform("signs up", uid) < 0.6, 300, goods.within(draws, "signed up", uid, 600, 14 * DAY)
    )
    acquired = np.maximum(0, first - signed_up)
    is_changed = _position(uid) % dirty.SUPERSEDED_EVERY_CUSTOMERS == dirty.SUPERSEDED_EVERY_CUSTOMERS - 1
    # Before the end of the calendar, whenever the customer was won.
    changed = acquired + np.minimum(90 * DAY, (LAST_SECOND - acquired) // 2)
    return people | {
        "acquired": acquired,
        "is_changed": is_changed,
        "updated": np.where(is_changed, changed, acquired),
        "channel": draws.chosen("acquisition", uid, _CHANNEL_WEIGHTS),
        "first_name": draws.chosen("first name", uid, [1] * len(_FIRST_NAMES)),
        "last_name": draws.chosen("last name", uid, [1] * len(_LAST_NAMES)),
        "has_helpdesk": draws.uniform("helpdesk", uid) < _HELPDESK_SHARE,
        "has_survey_tool": draws.uniform("survey tool", uid) < _SURVEY_TOOL_SHARE,
    }


def _identity(world: World, columns: Columns, what: str) -> Columns:
    """Which customer, and whether the tool would use its own id if it has one."""
    customer = np.where(columns["order"] == NEVER, NEVER, world.orders["customer"][columns["order"]])
    uses = Draws(world.seed).uniform(f"{what} by tool id", columns["uid"]) < _USES_TOOL_ID_SHARE
    return {"customer": customer, "uses_tool_id": uses}


def _register_catalogue(connection: duckdb.DuckDBPyConnection, orders: int) -> None:
    small = {
        "messages": (catalogue.MESSAGE_COLUMNS, catalogue.MESSAGES),
        "initiatives": (catalogue.INITIATIVE_COLUMNS, catalogue.INITIATIVES),
        "costs": (("cost_id", "initiative_id", "spent_on", "cents"), catalogue.cost_rows(orders, END)),
        "maturity": (("assessment_id", "assessed_on", "dimension", "stage", "respondent"), catalogue.maturity_rows()),
    }
    for name, (columns, rows) in small.items():
        table = pa.table(
            {column: list(values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)}
        )
        connection.register(f"sim_{name}", table)


def _text(when: date) -> str:
    return f"date '{when.isoformat()}'"


# Instants are seconds since the start of the calendar; negative is never. What lies beyond its end has not happened.
_MACROS = (
    "create macro deadline(s) as make_timestamp("
    f"(case when s >= 0 then s end + epoch({_text(START)})::bigint) * 1000000)",
    f"create macro moment(s) as deadline(case when s < {LAST_SECOND} then s end)",
    "create macro iso(t) as strftime(t, '%Y-%m-%dT%H:%M:%SZ')",
    f"create macro day(d) as {_text(START)} + d::integer",
    "create macro euros(cents) as cast(cents / 100.0 as decimal(14, 2))",
    "create macro order_code(n) as case when n >= 0 then format('O{:08d}', n + 1) end",
    "create macro customer_code(n) as case when n >= 0 then format('C{:07d}', n + 1) end",
    "create macro contact_code(n) as case when n >= 0 then format('K{:08d}', n + 1) end",
    "create macro response_code(n) as case when n >= 0 then format('R{:08d}', n) end",
    "create macro helpdesk_code(n) as format('HD-{:07d}', n + 1)",
    "create macro survey_code(n) as format('SV-{:07d}', n + 1)",
)


def _named(names: Iterable[str], index: str) -> str:
    """SQL for the name at that index; null for NEVER."""
    return "[" + ", ".join(f"'{name}'" for name in names) + f"][{index} + 1]"


def _views() -> dict[str, str]:
    return _crm() | _survey() | _fulfilment()


def _crm() -> dict[str, str]:
    odd = f"iso(moment({dirty.ODD_DAY}))"
    email = "{} || '.' || {} || position || '@example.org'".format(
        _named(_FIRST_NAMES, "first_name"), _named(_LAST_NAMES, "last_name")
    )
    customer = f"""
        customer_code(position) as customer_id, {{email}} as email, {_named(shop.SEGMENT_NAMES, "segment")} as segment,
        {_named(shop.REGION_NAMES, "region")} as region, {_named([p[0] for p in places()], "place")} as country,
        {_named([p[1] for p in places()], "place")} as timezone,
        {_named(_CHANNELS_OF_ACQUISITION, "channel")} as acquisition_channel, iso(moment(acquired)) as acquired_at,
        null::varchar as churned_at, iso(moment({{updated}})) as updated_at, null::varchar as deleted_at"""
    odd_contact = f"""
        null, null, 'email_support', 'email', {{reason}}, {odd}, {odd}, {odd}, null, null, null, {{minutes}}, 5.00,
        'EUR', {odd}, null"""
    return {
        "crm.customers": f"""
            select {customer.format(email=email, updated="updated")} from sim_customers
            union all
            select {customer.format(email=f"'old.' || {email}", updated="acquired")} from sim_customers
            where is_changed""",
        "crm.customer_identities": """
            select
                identity_id, tool, tool_customer_id, customer_id, updated_at, null::varchar as deleted_at
            from (
                select
                    'ID-' || helpdesk_code(position) as identity_id, 'helpdesk' as tool,
                    helpdesk_code(position) as tool_customer_id, customer_code(position) as customer_id,
                    iso(moment(acquired)) as updated_at
                from sim_customers where has_helpdesk
                union all
                select
                    'ID-' || survey_code(position), 'survey_tool', survey_code(position), customer_code(position),
                    iso(moment(acquired))
                from sim_customers where has_survey_tool
                union all
                select 'ID-TWICE', 'loyalty_app', 'LA-0000001', customer_code(0), iso(moment(0)) from range(2)
            )""",
        "crm.contacts": f"""
            select
                contact_code(contacts.position) as contact_id,
                case
                    when customers.has_helpdesk and contacts.uses_tool_id then helpdesk_code(contacts.customer)
                    else customer_code(contacts.customer)
                end as customer_id,
                order_code(contacts."order") as order_id,
                {_named(contact.TOUCHPOINT_OF_CHANNEL, "contacts.channel")} as touchpoint,
                {_named(contact.CHANNELS, "contacts.channel")} as channel,
                {_named(contact.REASONS, "contacts.reason")} as reason,
                iso(moment(opened)) as opened_at,
                iso(moment(responded)) as first_response_at,
                iso(moment(resolved)) as resolved_at,
                iso(moment(abandoned)) as abandoned_at,
                iso(deadline(promised_response)) as promised_response_at,
                iso(deadline(promised_resolution)) as promised_resolution_at,
                case when not isnan(minutes) then cast(cast(minutes as decimal(8, 1)) as varchar) end as handle_minutes,
                case when not isnan(minutes) then euros(cost) end as cost_amount,
                'EUR' as currency,
                iso(moment(contacts.updated)) as updated_at,
                null::varchar as deleted_at
            from sim_contacts as contacts
            left join sim_customers as customers on contacts.customer = customers.position
            union all
            select 'K-UNREADABLE', {odd_contact.format(reason="'complaint'", minutes=f"'{dirty.UNREADABLE_MINUTES}'")}
            union all
            select 'K-UNMAPPED', {odd_contact.format(reason=f"'{dirty.UNMAPPED_REASON}'", minutes="'6.0'")}
            order by opened_at, contact_id""",
        "crm.messages": """
            select *, iso(coalesce(withdrawn_on, audited_on, published_on)::timestamp) as updated_at,
                null::varchar as deleted_at
            from sim_messages""",
        "crm.initiatives": """
            select *, iso(started_on::timestamp) as updated_at, null::varchar as deleted_at from sim_initiatives""",
        "crm.initiative_costs": """
            select cost_id, initiative_id, spent_on, euros(cents) as amount, 'EUR' as currency,
                iso(spent_on::timestamp) as updated_at, null::varchar as deleted_at
            from sim_costs""",
        "crm.maturity_assessments": """
            select *, iso(assessed_on::timestamp) as updated_at, null::varchar as deleted_at from sim_maturity""",
    }


def _survey() -> dict[str, str]:
    odd = f"iso(moment({dirty.ODD_DAY}))"
    comments = [comment.replace("{email}", "{}") for comment in survey.COMMENTS]
    comment = _named(comments, "answers.comment")
    who = """
        case
            when customers.has_survey_tool and invitations.uses_tool_id then survey_code(invitations.customer)
            else customer_code(invitations.customer)
        end"""
    return {
        "survey.answers": f"""
            select
                format('A{{:08d}}', answers.position + 1) as answer_id,
                response_code(invitations.response) as response_id,
                {who} as customer_id,
                order_code(invitations."order") as order_id,
                contact_code(invitations.contact) as contact_id,
                {_named(survey.TOUCHPOINTS, "invitations.touchpoint")} as touchpoint,
                {_named(survey.QUESTIONS, "question")} as question_kind,
                {_named(survey.ITEMS, "item")} as item,
                cast(score as varchar) as score, least as scale_min, most as scale_max,
                {_named(survey.UNITS, "unit")} as unit,
                replace({comment}, '{{}}', customers.last_name || '.' || invitations.customer || '@example.org')
                    as comment,
                iso(moment(answers.responded)) as responded_at,
                iso(moment(answers.responded)) as updated_at,
                null::varchar as deleted_at
            from sim_answers as answers
            inner join sim_invitations as invitations on answers.invitation = invitations.position
            left join sim_customers as customers on invitations.customer = customers.position
            union all
            select
                'A-UNREADABLE', 'R-UNREADABLE', null, null, null, 'store', 'csat', null, '{dirty.UNREADABLE_SCORE}',
                1, 5, 'score', null, {odd}, {odd}, null
            order by responded_at, answer_id""",
        "survey.invitations": f"""
            select
                format('V{{:08d}}', invitations.position + 1) as invitation_id,
                {who} as customer_id,
                order_code(invitations."order") as order_id,
                contact_code(invitations.contact) as contact_id,
                {_named(survey.TOUCHPOINTS, "invitations.touchpoint")} as touchpoint,
                moment(sent)::timestamptz as sent_at,
                response_code(invitations.response) as response_id,
                moment(greatest(sent, invitations.responded))::timestamptz as updated_at,
                null::timestamptz as deleted_at
            from sim_invitations as invitations
            left join sim_customers as customers on invitations.customer = customers.position
            order by sent_at, invitation_id""",
    }


def _fulfilment() -> dict[str, str]:
    order = f"""
        order_code(position) as order_id, customer_code(customer) as customer_id, iso(moment(ordered)) as ordered_at,
        case when has_promise then day(due_day) end as promised_by,
        {_named(shop.REGION_NAMES, "region")} as region,
        {_named(shop.SERVICE_LEVELS, "is_express::integer")} as service_level,
        euros(amount) as amount, euros(goods) as cost_of_goods_amount, 'EUR' as currency, units as units_ordered"""
    odd = f"moment({dirty.ODD_DAY})::timestamptz"
    every = dirty.SUPERSEDED_EVERY_ORDERS
    return {
        "fulfilment.orders": f"""
            select {order},
                {_named(goods.STATUSES, "status")} as status,
                iso(moment(cancelled)) as cancelled_at,
                case when moment(cancelled) is not null then {_named(("customer", "firm"), "cancelled_by")} end
                    as cancelled_by,
                iso(moment(updated)) as updated_at, null::varchar as deleted_at
            from sim_orders
            union all
            select {order}, 'placed', null, null, iso(moment(ordered)), null
            from sim_orders
            where position % {every} = {every - 1} and position < (select count(*) * 9 // 10 from sim_orders)
            order by ordered_at, order_id, updated_at""",
        "fulfilment.shipments": f"""
            select
                format('S{{:08d}}', shipments.position + 1) as shipment_id,
                order_code(shipments."order") as order_id,
                {_named(goods.CARRIERS, "carrier")} as carrier,
                {_named([f"{r.hub}-{r.name}" for r in shop.REGIONS], "orders.region")} || '-'
                    || {_named(shop.SERVICE_LEVELS, "is_express::integer")} as lane,
                moment(shipments.shipped)::timestamptz as shipped_at,
                moment(shipments.delivered)::timestamptz as delivered_at,
                {_named(shop.DELAY_CAUSES, "cause")} as delay_cause,
                euros(shipments.cost) as shipping_cost_amount,
                'EUR' as currency,
                shipments.units as units_delivered,
                coalesce(moment(shipments.delivered), moment(shipments.shipped))::timestamptz as updated_at,
                null::timestamptz as deleted_at
            from sim_shipments as shipments
            inner join sim_orders as orders on shipments."order" = orders.position
            union all
            select
                'S-ORPHAN', '{dirty.UNKNOWN_ORDER}', 'Parcelo', 'LEJ-austria-standard', {odd}, {odd}, null, 4.90, 'EUR',
                1, {odd}, null
            order by shipped_at, shipment_id""",
        "fulfilment.promises": """
            select
                order_code("order") || case when is_second then '-2' else '-1' end as promise_id,
                order_code("order") as order_id,
                null::varchar as contact_id,
                'delivery' as promise_kind,
                moment(made)::timestamptz as made_at,
                null::date as promised_from,
                day(by_day) as promised_by,
                moment(made)::timestamptz as updated_at,
                null::timestamptz as deleted_at
            from sim_promises""",
        "fulfilment.adjustments": f"""
            select
                format('J{{:07d}}', position + 1) as adjustment_id, order_code("order") as order_id,
                null::varchar as contact_id, {_named(goods.ADJUSTMENT_KINDS, "kind")} as kind, euros(amount) as amount,
                'EUR' as currency, {_named(goods.ADJUSTMENT_REASONS, "reason")} as reason,
                iso(moment(adjusted)) as adjusted_at, iso(moment(adjusted)) as updated_at, null::varchar as deleted_at
            from sim_adjustments
            union all
            select
                'J-TWICE', order_code(0), null, 'credit', 5.00, 'EUR', 'goodwill', iso(moment({dirty.ODD_DAY})),
                iso(moment({dirty.ODD_DAY} + n * {DAY})), case when n = 1 then iso(moment({dirty.ODD_DAY} + {DAY})) end
            from range(2) as versions(n)""",
    }
