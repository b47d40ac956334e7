"""Bounds as Great Expectations suites: one per mart folder, added or updated."""

import great_expectations as gx
from great_expectations import expectations as library
from great_expectations.core import ExpectationSuite, ValidationDefinition
from great_expectations.datasource.fluent.interfaces import Datasource

from cx_warehouse.errors import CxError
from expectations.bounds import Bound
from expectations.comparisons import BEFORE

SCHEMA = "marts"


def validations(context, source: Datasource, bounds: list[Bound]) -> list[ValidationDefinition]:
    """One suite per mart folder, one validation per mart in it.

    A validation runs a suite on one table, so a suite of several marts is split by table; its name carries both.

    Raises:
        CxError: a bound names an expectation that the library does not have, or arguments that it does not take.
    """
    return [
        _validation(
            context, source, suite, table, [bound for bound in bounds if (bound.suite, bound.table) == (suite, table)]
        )
        for suite, table in dict.fromkeys((bound.suite, bound.table) for bound in bounds)
    ]


def _validation(context, source, suite: str, table: str, bounds: list[Bound]) -> ValidationDefinition:
    name = f"{suite}.{table}"
    made = context.suites.add_or_update(ExpectationSuite(name=name, expectations=[expectation(one) for one in bounds]))
    batch = source.add_table_asset(name, table_name=table, schema_name=SCHEMA).add_batch_definition_whole_table(table)
    return context.validation_definitions.add_or_update(gx.ValidationDefinition(name=name, data=batch, suite=made))


def expectation(bound: Bound) -> library.Expectation:
    """The library's expectation for a bound."""
    kind = library.UnexpectedRowsExpectation if bound.is_comparison else getattr(library, bound.expectation, None)
    if kind is None:
        raise CxError(f"{bound.name}: Great Expectations has no {bound.expectation}.")
    try:
        arguments = bound.arguments
        if bound.is_comparison:
            before = f"{BEFORE}.{SCHEMA}.{bound.table}"
            arguments = {"unexpected_rows_query": bound.query.replace("{before}", before)}
        return kind(
            **arguments,
            severity="critical" if bound.severity == "structural" else "warning",
            # Shown in the data docs.
            notes=f"{bound.what} {bound.why} {bound.what_to_do}",
            meta={"name": bound.name},
        )
    except (TypeError, ValueError) as error:
        raise CxError(f"{bound.name}: {bound.expectation} does not take these arguments: {error}") from error
