"""How a row of a source table leads to a person: through its own customer, its key, or what it points at.

What identifies somebody or something is a kind and a value. Kinds are tables: those of the contract where a tool's ids
are the contract's, else the tool's own, as of its people (`people: true`), since two tools may call different people
1001. The keyed hash of an e-mail address is an id of crm.customers, as it is for the models.
"""

from dataclasses import dataclass

from cx_warehouse.contract import Column, SourceTable
from cx_warehouse.landing.engine import identifier, literal

PEOPLE = "crm.customers"
# Not a table of the contract, but what the answers of one questionnaire and its invitation share.
RESPONSES = "response"

# Of two ids on one row the lower one stands for the higher, where it stands for no other.
OF_THE_FIRM, OF_A_TOOL, OF_AN_ADDRESS = 0, 1, 2

# What a column is: (kind, column).
Pointer = tuple[str, str]


@dataclass(frozen=True)
class Pointers:
    """Columns of one table. `owners` hold ids of a customer, `others` name what a row points at, `key` what it is
    itself; `aliases` are columns with an id of the person that a row is about, each with its rank; `expressions` say
    what each column tells, in SQL."""

    key: Pointer | None
    owners: tuple[Pointer, ...]
    others: tuple[Pointer, ...]
    aliases: tuple[tuple[int, str, str], ...]
    expressions: dict[str, str]

    @property
    def columns(self) -> list[str]:
        """Every column here, once."""
        return list(self.expressions)


def pointers_of(table: SourceTable, tables: dict[str, SourceTable]) -> Pointers | None:
    """What the contract, or the sources of a connector, say about one table.

    Args:
        table: the table.
        tables: every table by id; what is referenced and is none of them (a seed) leads to nobody.

    Returns:
        None when nothing leads from its rows to anybody.
    """
    people = {each.id for each in tables.values() if each.is_people}
    key = next((_key(table, column, tables) for column in table.columns if column.is_key), None)
    aliases = []
    others = []
    for column in table.columns:
        if column.is_email:
            aliases.append((OF_AN_ADDRESS, PEOPLE, column.name))
        elif column.references in people:
            rank = OF_THE_FIRM if column.references == PEOPLE else OF_A_TOOL
            aliases.append((rank, column.references, column.name))
        elif column.references in tables and (column.references, column.name) != key:
            others.append((column.references, column.name))
        elif table.is_people and key == (table.id, column.name):
            aliases.append((OF_THE_FIRM if table.id == PEOPLE else OF_A_TOOL, *key))
    if table.id == "crm.customer_identities":
        aliases.append((OF_A_TOOL, PEOPLE, "tool_customer_id"))
    if any(column.name == "response_id" for column in table.columns):
        others.append((RESPONSES, "response_id"))
    # In the CRM a shared address is another's too; an export may know nothing but the address.
    owners = [(kind, name) for rank, kind, name in aliases if rank < OF_AN_ADDRESS or table.files is not None]
    if not (owners or others or (key and table.files is not None)):
        return None
    named = [*owners, *others, *([key] if key else [])]
    columns = dict.fromkeys([*(name for _, name in named), *(name for *_, name in aliases)])
    found = {column.name: column for column in table.columns}
    expressions = {name: _told(found[name], table) for name in columns}
    return Pointers(key, tuple(owners), tuple(others), tuple(sorted(aliases)), expressions)


def tells_addresses(table: SourceTable, tables: dict[str, SourceTable]) -> bool:
    """Whether an address on a row is of the person whom the row is about: it is about them, or knows nothing else."""
    pointers = pointers_of(table, tables)
    if pointers is None or not pointers.owners:
        return False
    people = {each.id for each in tables.values() if each.is_people}
    return (pointers.key or (None,))[0] in people or all(rank == OF_AN_ADDRESS for rank, *_ in pointers.aliases)


def _key(table: SourceTable, column: Column, tables: dict[str, SourceTable]) -> Pointer:
    # Two shapes of one export hold the same things: their keys are of one kind.
    return (column.references if column.references in {*tables, RESPONSES} else table.id, column.name)


def _told(column: Column, table: SourceTable) -> str:
    """SQL of the id in a column: without white space, and of an export the first of several, without the apostrophe
    that keeps spreadsheets from rounding it."""
    text = identifier(column.name)
    if table.files is not None:
        text = f"ltrim(split_part({text}, {literal(';')}, 1), {literal(chr(39) + ' ')})"
    told = f"nullif(trim({text}), '')"
    return f"case when {column.only_where} then {told} end" if column.only_where else told
