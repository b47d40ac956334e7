"""How a row of a source table leads to a person: through its own customer, its key, or what it points at."""

from dataclasses import dataclass

from cx_warehouse.contract import SourceTable

PEOPLE = "crm.customers"
# Not a table of the contract, but what the answers of one questionnaire and its invitation share.
RESPONSES = "response"


@dataclass(frozen=True)
class Pointers:
    """Columns of one table. `owners` hold ids of a customer (one of any tool), `others` name what they point at."""

    key: str | None
    owners: tuple[str, ...]
    others: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.owners or self.others)

    @property
    def named(self) -> list[tuple[str, str]]:
        """(what it identifies, column) of every column here but the key."""
        return [*((PEOPLE, column) for column in self.owners), *self.others]


def pointers_of(table: SourceTable, tables: dict[str, SourceTable]) -> Pointers:
    """What the contract says about one table.

    Args:
        table: the table.
        tables: every table by id; what is referenced and is none of them (a seed) leads to nobody.
    """
    key = next((column.name for column in table.columns if column.is_key), None)
    owners = [column.name for column in table.columns if column.references == PEOPLE]
    if table.id == PEOPLE:
        owners.append(key)
    if table.id == "crm.customer_identities":
        owners.append("tool_customer_id")
    others = [
        (column.references, column.name)
        for column in table.columns
        if column.references in tables and column.references != PEOPLE
    ]
    if any(column.name == "response_id" for column in table.columns):
        others.append((RESPONSES, "response_id"))
    return Pointers(key, tuple(owners), tuple(others))
