"""What a published column is computed from, column by column, read off the SQL that dbt compiled.

A column rests on the columns that its expression names and, where it aggregates, on what decides which rows are
aggregated: those of the tables read, of their inner joins and their filters. What only tells rows apart (groups, and
the left side of a left join) decides where a number stands and not what it is. A model with `meta: {is_context: true}`
tells when, where or in which currency: every source flows into it and nothing is measured through it, so looking ends
there. So it does at tables that a model names in `meta: {groups_from: [...]}`: it asks them which groups there are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sqlglot import exp, parse_one

from cx_warehouse.errors import CxError

ROWS = "*"


class Cell(NamedTuple):
    """A column of a model; `*` is which rows it has. `of` narrows it to the rows of one metric: (column, metric)."""

    table: str
    column: str
    of: tuple[str, str] | None = None


class _Source(NamedTuple):
    """What a query reads under an alias; `on` is how a left join picks a row of it."""

    node: exp.Expression
    scope: dict
    on: exp.Expression | None


_Of = tuple[str, str] | None


class Provenance:
    """Everything that cells rest on; what was found once is kept."""

    def __init__(self, manifest: dict, named_by: Iterable[str] = ()) -> None:
        """Look into a manifest.

        Args:
            manifest: dbt's manifest after `dbt build` or `dbt compile`.
            named_by: columns that name the metric of a row: conditions on them are followed.
        """
        self._nodes = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
        self._named_by = frozenset(named_by)
        self._allowed = dict(_allowed(manifest))
        self._queries: dict[str, exp.Expression] = {}
        self._found: dict[Cell, frozenset[Cell]] = {}
        self._reader = _Reader(self._named_by, self.of)

    def of(self, cell: Cell) -> frozenset[Cell]:
        """`cell` and all that it rests on, back to what no model makes.

        Raises:
            CxError: the manifest holds no compiled SQL of a model.
        """
        if cell.of and cell.of[1] not in self._allowed.get((cell.table, cell.of[0]), (cell.of[1],)):
            return frozenset()  # The table has no rows of that metric.
        if cell not in self._found:
            self._found[cell] = frozenset({cell})
            self._found[cell] |= self._reader.cells(self._query(cell.table), cell)
        return self._found[cell]

    def origins(self, cell: Cell) -> frozenset[Cell]:
        """Where the values of a cell come from unchanged; of one that is computed, the columns that it names."""
        reader = _Reader(self._named_by, lambda one: frozenset({one}), only_values=True)
        found, same = {cell}, reader.same(self._query(cell.table), cell.column)
        if same is None:
            computed = reader.cells(self._query(cell.table), cell)
            return frozenset(found | {one for one in computed if one.column != ROWS and not self.is_context(one.table)})
        while same is not None:
            found.add(same)
            same = reader.same(self._query(same.table), same.column)
        return frozenset(found)

    def is_context(self, table: str) -> bool:
        """Whether nothing is measured through a table."""
        return bool(_meta(self._nodes.get(table, {})).get("is_context"))

    def _query(self, table: str) -> exp.Expression | None:
        """The SQL of a model; None of a seed or a file, and of context."""
        if table not in self._nodes or self.is_context(table):
            return None
        if table not in self._queries:
            text = self._nodes[table].get("compiled_code")
            if not text:
                raise CxError(f"dbt's manifest holds no compiled SQL of {table}. Run `dbt compile` or `cx run`.")
            self._queries[table] = parse_one(text, dialect="duckdb")
            for read in self._queries[table].find_all(exp.Table):
                if read.name in _meta(self._nodes[table]).get("groups_from", ()):
                    read.set("this", exp.to_identifier(f"groups of {read.name}"))
        return self._queries[table]


class _Reader:
    """One query, read column by column; `below` says what a cell of another model adds."""

    def __init__(self, named_by: frozenset[str], below: Callable[[Cell], frozenset[Cell]], only_values=False) -> None:
        self._named_by = named_by
        self._below = below
        self._only_values = only_values
        # Common table expressions are read many times.
        self._read: dict[tuple[int, str, _Of], set[Cell]] = {}

    def cells(self, query: exp.Expression | None, cell: Cell) -> frozenset[Cell]:
        """What a cell of a model with this query rests on."""
        if query is None:
            return frozenset()
        return frozenset(self._column(query, cell.column, {}, cell.of))

    def same(self, query: exp.Expression | None, column: str) -> Cell | None:
        """The cell of another model that a column repeats unchanged, if it does."""
        return None if query is None else self._same(query, column, {})

    # --- queries -----------------------------------------------------------------------------------------------------

    def _column(self, query: exp.Expression, column: str, scope: dict, of: _Of) -> set[Cell]:
        key = (id(query), column, of)
        if key not in self._read:
            read = self._read_rows if column == ROWS else self._read_column
            self._read[key] = read(query, column, scope, of)
        return self._read[key]

    def _read_column(self, query: exp.Expression, column: str, scope: dict, of: _Of) -> set[Cell]:
        query, scope = _inside(query, scope)
        if isinstance(query, exp.SetOperation):
            left, right = query.left, query.right
            # Branches are matched by place, and named by the first.
            names = _names(left, scope)
            if column in names and isinstance(right, exp.Select) and len(right.expressions) == len(names):
                other = right.expressions[names.index(column)].alias_or_name.lower()
            else:
                other = column
            return self._column(left, column, scope, of) | self._column(right, other or column, scope, of)
        if not isinstance(query, exp.Select):
            return set()
        sources = _sources(query, scope)
        of_source = self._narrowed(query, sources, of)
        if of_source is None:
            return set()
        found: set[Cell] = set()
        expression = _projected(query, column)
        if expression is not None:
            found |= self._expression(expression, sources, scope, of_source)
            if not self._only_values and expression.find(exp.AggFunc, exp.Window) is not None:
                found |= self._rows(query, scope, of)
        else:
            for alias in _starred(query, column, sources):
                found |= self._from(sources, alias, column, of_source)
        return found

    def _rows(self, query: exp.Expression, scope: dict, of: _Of) -> set[Cell]:
        """What decides which rows a query has."""
        return self._column(query, ROWS, scope, of)

    def _read_rows(self, query: exp.Expression, _column: str, scope: dict, of: _Of) -> set[Cell]:
        query, scope = _inside(query, scope)
        if isinstance(query, exp.SetOperation):
            return self._rows(query.left, scope, of) | self._rows(query.right, scope, of)
        if not isinstance(query, exp.Select):
            return set()
        sources = _sources(query, scope)
        of_source = self._narrowed(query, sources, of)
        if of_source is None:
            return set()
        found: set[Cell] = set()
        for alias, source in sources.items():
            if source.on is None:
                found |= self._rows_of(source, of_source.get(alias))
        for join in query.args.get("joins") or ():
            if join.side != "LEFT" and join.args.get("on"):
                for key in join.args["on"].find_all(exp.Column):
                    for alias in _holders(key, sources):
                        if not _is_group(sources[alias], key.name.lower()):
                            found |= self._from(sources, alias, key.name.lower(), of_source)
        for clause in ("where", "having", "qualify"):
            if query.args.get(clause):
                found |= self._expression(query.args[clause], sources, scope, of_source)
        return found

    def _narrowed(self, query: exp.Select, sources: dict, of: _Of) -> dict[str, _Of] | None:
        """Of which metric the rows of each source are; None where no row of the query is of the metric asked for."""
        narrowed = dict(self._conditions(query.args.get("where"), sources))
        if of is not None:
            asked = _asked(query, sources, of)
            if asked is None:
                return None
            for alias, one in asked.items():
                if narrowed.setdefault(alias, one) != one and narrowed[alias][0] == one[0]:
                    return None
        joins = [part for join in query.args.get("joins") or () for part in _conjuncts(join.args.get("on"))]
        for part in joins:
            # Rows of one metric are joined to rows of the same.
            if isinstance(part, exp.EQ) and all(isinstance(side, exp.Column) for side in (part.left, part.right)):
                for one, other in ((part.left, part.right), (part.right, part.left)):
                    for alias in _holders(one, sources):
                        if narrowed.get(alias) and narrowed[alias][0] == one.name.lower():
                            for joined in _holders(other, sources):
                                narrowed.setdefault(joined, (other.name.lower(), narrowed[alias][1]))
        for part in [*joins, *_conjuncts(query.args.get("where"))]:
            if not all(_allows(part, sources, alias, one) for alias, one in narrowed.items()):
                return None
        return narrowed

    def _conditions(self, condition: exp.Expression | None, sources: dict) -> Iterator[tuple[str, tuple[str, str]]]:
        """Sources of which a condition lets only the rows of one metric through."""
        for part in _conjuncts(condition):
            if isinstance(part, exp.EQ) and isinstance(part.left, exp.Column) and isinstance(part.right, exp.Literal):
                name = part.left.name.lower()
                if name in self._named_by:
                    for alias in _holders(part.left, sources):
                        yield alias, (name, part.right.name)

    def _same(self, query: exp.Expression, column: str, scope: dict) -> Cell | None:
        query, scope = _inside(query, scope)
        if not isinstance(query, exp.Select) or query.args.get("group"):
            return None
        sources = _sources(query, scope)
        expression = _projected(query, column)
        if expression is None:
            aliases, name = _starred(query, column, sources), column
        else:
            plain = expression.unalias()
            while isinstance(plain, exp.Cast):
                plain = plain.this
            if not isinstance(plain, exp.Column):
                return None
            aliases, name = _holders(plain, sources), plain.name.lower()
        if len(aliases) != 1:
            return None
        source = sources[aliases[0]]
        if (inner := _query_of(source)) is not None:
            return self._same(*inner[:1], name, inner[1])
        return Cell(source.node.name, name) if _is_model(source.node) else None

    # --- what a query reads ------------------------------------------------------------------------------------------

    def _from(self, sources: dict, alias: str, column: str, of_source: dict[str, _Of]) -> set[Cell]:
        source, of = sources[alias], of_source.get(alias)
        inner = _query_of(source)
        if inner is not None:
            found = self._column(inner[0], column, inner[1], of)
        elif _is_model(source.node):
            found = set(self._below(Cell(source.node.name, column, of)))
        else:
            # A function that makes rows, such as unnest, rests on what it is given.
            others = {name: one for name, one in sources.items() if name != alias}
            found = self._expression(source.node, others, source.scope, of_source)
        if source.on is not None and not self._only_values:
            found |= self._rows_of(source, of)
            for key in source.on.find_all(exp.Column):
                name = key.name.lower()
                if _holders(key, sources) == [alias] and name != column and not _is_group(source, name):
                    found |= self._from({alias: source._replace(on=None)}, alias, name, {alias: of})
        return found

    def _rows_of(self, source: _Source, of: _Of) -> set[Cell]:
        inner = _query_of(source)
        if inner is not None:
            return self._rows(inner[0], inner[1], of)
        return set(self._below(Cell(source.node.name, ROWS, of))) if _is_model(source.node) else set()

    def _expression(self, node: exp.Expression, sources: dict, scope: dict, of_source: dict[str, _Of]) -> set[Cell]:
        if isinstance(node, exp.Column):
            if isinstance(node.this, exp.Star):
                return set()
            found: set[Cell] = set()
            for alias in _holders(node, sources):
                found |= self._from(sources, alias, node.name.lower(), of_source)
            return found
        if isinstance(node, exp.Query):
            inner, inner_scope = _inside(node, scope)
            found = self._rows(inner, inner_scope, None)
            for name in _names(inner, inner_scope):
                found |= self._column(inner, name, inner_scope, None)
            return found
        found = set()
        if isinstance(node, exp.If):
            # `case when metric_id = 'x' then value end` reads the value of that metric only.
            found |= self._expression(node.this, sources, scope, of_source)
            then = of_source | dict(self._conditions(node.this, sources))
            for part in (node.args.get("true"), node.args.get("false")):
                if part is not None:
                    found |= self._expression(part, sources, scope, then)
            return found
        groups = node.args.get("partition_by") or () if isinstance(node, exp.Window) else ()
        for child in node.iter_expressions():
            if not any(child is group for group in groups):
                found |= self._expression(child, sources, scope, of_source)
        return found


def _allowed(manifest: dict) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """Values that a column can have, by table and column: from the contract of the sources and from tests."""
    for source in manifest["sources"].values():
        for name, column in source["columns"].items():
            if values := _meta(column).get("allowed"):
                for layer in ("base", "stg"):
                    yield (f"{layer}_{source['source_name']}__{source['name']}", name), tuple(values)
    for node in manifest["nodes"].values():
        about = node.get("test_metadata") or {}
        if about.get("name") == "accepted_values" and node.get("attached_node"):
            given = about["kwargs"].get("arguments") or about["kwargs"]
            yield (node["attached_node"].split(".")[-1], node["column_name"]), tuple(given["values"])


def _meta(node: dict) -> dict:
    return node.get("meta", {}) | node.get("config", {}).get("meta", {})


def _conjuncts(condition: exp.Expression | None) -> Iterator[exp.Expression]:
    if condition is None:
        return
    condition = (condition.this if isinstance(condition, exp.Where) else condition).unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _asked(query: exp.Select, sources: dict, of: tuple[str, str]) -> dict[str, tuple[str, str]] | None:
    """Which rows of its sources a query makes the rows of one metric from; None where it makes none."""
    column, metric = of
    expression = _projected(query, column)
    if expression is None:
        return dict.fromkeys(_starred(query, column, sources), of)
    value = expression.unalias()
    if isinstance(value, exp.DPipe) and isinstance(value.left, exp.Literal):
        if not metric.startswith(value.left.name):
            return None
        value, metric = value.right, metric.removeprefix(value.left.name)
    if isinstance(value, exp.Literal):
        return {} if value.name == metric else None
    return (
        {alias: (value.name.lower(), metric) for alias in _holders(value, sources)}
        if isinstance(value, exp.Column)
        else {}
    )


def _allows(condition: exp.Expression, sources: dict, alias: str, of: _Of) -> bool:
    """Whether a condition can hold of rows of one metric."""
    condition = condition.unnest()
    if isinstance(condition, exp.Connector):
        either = [_allows(side, sources, alias, of) for side in (condition.left, condition.right)]
        return all(either) if isinstance(condition, exp.And) else any(either)
    column = condition.this
    if of is None or not isinstance(column, exp.Column) or column.name.lower() != of[0]:
        return True
    if alias not in _holders(column, sources):
        return True
    if isinstance(condition, exp.EQ) and isinstance(condition.expression, exp.Literal):
        return condition.expression.name == of[1]
    if isinstance(condition, exp.In) and condition.expressions:
        return any(not isinstance(one, exp.Literal) or one.name == of[1] for one in condition.expressions)
    return True


def _inside(query: exp.Expression, scope: dict) -> tuple[exp.Expression, dict]:
    """A query without brackets, and what names mean in it."""
    while isinstance(query, (exp.Subquery, exp.Paren)) and isinstance(query.this, exp.Query):
        query = query.this
    for cte in getattr(query, "ctes", ()):
        scope = scope | {cte.alias.lower(): (cte.this, scope)}
    return query, scope


def _sources(query: exp.Select, scope: dict) -> dict[str, _Source]:
    found: dict[str, _Source] = {}
    start = query.args.get("from_")
    if start is not None:
        found[start.this.alias_or_name.lower()] = _Source(start.this, scope, None)
    for join in query.args.get("joins") or ():
        on = join.args.get("on") if join.side == "LEFT" else None
        found[join.this.alias_or_name.lower()] = _Source(join.this, scope, on)
    return found


def _query_of(source: _Source) -> tuple[exp.Expression, dict] | None:
    node = source.node
    if isinstance(node, exp.Table) and not node.db and node.name.lower() in source.scope:
        return source.scope[node.name.lower()]
    return (node.this, source.scope) if isinstance(node, exp.Subquery) else None


def _is_model(node: exp.Expression) -> bool:
    return isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)


def _projected(query: exp.Select, column: str) -> exp.Expression | None:
    return next((one for one in query.expressions if not one.is_star and one.alias_or_name.lower() == column), None)


def _names(query: exp.Expression, scope: dict) -> list[str]:
    query, scope = _inside(query, scope)
    while isinstance(query, exp.SetOperation):
        query, scope = _inside(query.left, scope)
    return [one.alias_or_name.lower() for one in query.expressions if not one.is_star]


def _starred(query: exp.Select, column: str, sources: dict) -> list[str]:
    """Sources from which `*` may bring a column."""
    found: list[str] = []
    for one in query.expressions:
        if one.is_star:
            star = one.this if isinstance(one, exp.Column) else one
            left_out = {each.name.lower() for each in star.args.get("except_") or ()}
            if column not in left_out:
                table = one.args.get("table") if isinstance(one, exp.Column) else None
                found += [table.name.lower()] if table else list(sources)
    if len(found) < 2:
        return found
    return [alias for alias in found if _may_have(sources[alias], column)]


def _holders(column: exp.Column, sources: dict) -> list[str]:
    """Aliases of the sources that a column may be of."""
    if column.table:
        return [column.table.lower()] if column.table.lower() in sources else []
    if len(sources) < 2:
        return list(sources)
    return [alias for alias, source in sources.items() if _may_have(source, column.name.lower())]


def _is_group(source: _Source, column: str) -> bool:
    """Whether a column is what the rows of a source were grouped by: joining on it finds a row and measures nothing."""
    inner = _query_of(source)
    if inner is None:
        return False
    query, scope = _inside(*inner)
    if not isinstance(query, exp.Select):
        return False
    sources, expression = _sources(query, scope), _projected(query, column)
    if query.args.get("group"):
        return expression is not None and expression.find(exp.AggFunc) is None
    if expression is None:
        aliases, name = _starred(query, column, sources), column
    elif isinstance(expression.unalias(), exp.Column):
        aliases, name = _holders(expression.unalias(), sources), expression.unalias().name.lower()
    else:
        return isinstance(expression.unalias(), exp.Literal)
    return len(aliases) == 1 and _is_group(sources[aliases[0]], name)


def _may_have(source: _Source, column: str) -> bool:
    inner = _query_of(source)
    if inner is None:
        names = {one.name.lower() for one in (source.node.args.get("alias") or exp.TableAlias()).columns}
        return column in names if names else True
    query, scope = _inside(*inner)
    while isinstance(query, exp.SetOperation):
        query, scope = _inside(query.left, scope)
    if not isinstance(query, exp.Select):
        return True
    sources = _sources(query, scope)
    return _projected(query, column) is not None or bool(_starred(query, column, sources))
