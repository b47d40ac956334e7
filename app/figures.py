"""Numbers as text: the only change a figure undergoes between mart and screen."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from app import messages, words

MINUS = "−"
WORD_JOINER = "\u2060"
NO_BREAK = "\u00a0"
# A share of the whole twice over is a return, known far less well than to a tenth of a per cent.
_TWICE = 2
# Characters that a cell of a table keeps on one line, so that a phone scrolls rather than stacks single words.
_CELL = 18
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "CAD": "CA$", "AUD": "A$"}
# No colon, and no hyphen between digits: what a month or a list is written with. A figure ends in itself or its unit.
_NUMBERLIKE = re.compile(r"(?!.*\d-\d)[^:;,.]*\d[^:;]*")
# A reason that a source table, or one of several, is not there, and what follows from it.
_ABSENT = re.compile(
    r"(?:source missing: (?P<listed>[\w.|]+(?:(?:, |;)[\w.|]+\.[\w.|]+)*)|source (?P<one>[\w.]+) is absent)"
    r"(?P<so>, so .+)?"
)
_SIGN = re.compile(rf"{MINUS}(?=[^\d\s{WORD_JOINER}])")
# A colon is markup only before a name, as in `:red[text]`.
_MARKDOWN = re.compile(r"([\\*_\[\]<>$~|#]|:(?=[a-zA-Z]))")


def figure(value: float, unit: str, currency: str | None, digits: int | None = None) -> str:
    """A metric's value with its unit.

    Args:
        value: as the mart holds it; a share is 0 to 1.
        unit: share, points (a difference of shares), score, days, minutes, currency, ratio or count.
        currency: ISO 4217 code of amounts, None when unknown.
        digits: as in `bare`.

    Returns:
        For example `78.4%`, `+23`, `−1.2 days`, `0.51 days`, `£6.40`, `184.2`.
    """
    if unit == "currency":
        return money(value, currency, digits)
    text = messages.UNITS.get(unit, "{number}").format(number=bare(value, unit, digits))
    return signed(text, value) if unit == "points" else text


def signed(text: str, value: float) -> str:
    """A distance of shares as text, with a plus where it is above 0.

    Args:
        text: the distance as text.
        value: the distance.
    """
    return f"+{text}" if value > 0 and re.search(r"[1-9]", text) else text


def bare(value: float, unit: str, digits: int | None = None) -> str:
    """A metric's value without its unit, to as many digits as the unit deserves.

    Args:
        value: as the mart holds it.
        unit: as in `figure`, but not currency.
        digits: behind the decimal mark, where it stands beside others; default: of `digits`.
    """
    scaled = value * 100 if unit in ("share", "points") else value
    return number(scaled, digits_of([value], unit) if digits is None else digits)


def digits_of(values: Iterable[float], unit: str) -> int:
    """Digits behind the decimal mark that numbers get which stand beside each other, such as both ends of an interval.

    Args:
        values: as the mart holds them, at least one.
        unit: as in `figure`.
    """
    sizes = [abs(value) for value in values]
    if unit == "currency":
        return 2 if max(sizes) < 1000 else 0
    if unit == "share":
        return 1 if max(sizes) < _TWICE else 0
    if unit == "score":
        return 0 if min(sizes) >= 10 else 1
    if unit == "days":
        return 1 if min(sizes) >= 1 else 2
    if unit in ("count", "months"):
        return 0 if all(size == int(size) for size in sizes) else 1
    return 2 if unit == "ratio" else 1


def points(value: float) -> str:
    """A distance between two shares, without a sign: `10.7 points`."""
    return messages.UNITS["points"].format(number=number(value * 100, 1))


def goal(value: float, unit: str, currency: str | None) -> str:
    """A target: as `figure`, without decimals that are zero, since somebody chose it as a round number."""
    _, decimal = words.separators(messages.NUMBERS)
    return re.sub(rf"[{decimal}]0+(?=\D*$)", "", figure(value, unit, currency))


def change(value: float, unit: str, currency: str | None) -> str:
    """A change of a metric, always with its sign; a change of a share is in percentage points.

    Args:
        value: new minus old, as the mart holds it.
        unit: unit of the metric.
        currency: ISO 4217 code of amounts.

    Returns:
        For example `+1.2 points`, `−£0.20`, `no change`.
    """
    text = points(value) if unit == "share" else figure(value, unit, currency)
    if not re.search(r"[1-9]", text):
        return messages.NO_CHANGE
    if text.startswith("+"):
        return text
    # Without the joiner a line may end between the sign and a currency's symbol.
    return text if text.startswith(MINUS) else f"+{WORD_JOINER}{text}" if unit == "currency" else f"+{text}"


def money(value: float, currency: str | None, digits: int | None = None) -> str:
    """An amount: two decimals below 1,000, none above.

    Args:
        value: in units of the currency.
        currency: ISO 4217 code; without a known symbol it is written after the number.
        digits: as in `bare`.
    """
    amount = number(abs(value), digits_of([value], "currency") if digits is None else digits)
    sign = MINUS if value < 0 and re.search(r"[1-9]", amount) else ""
    symbol = _SYMBOLS.get(currency or "")
    text = messages.MONEY[0 if symbol else 1].format(symbol=symbol, number=amount, code=currency or "")
    return sign + text.strip()


def count(value: int | None) -> str:
    """A whole number with thousands separators; a dash where it is not known."""
    return messages.DASH if value is None else number(value, 0)


def counted(one: str, many: str, number: int, **others: object) -> str:
    """Words about so many things: those for one of them, or those for any other number.

    Args:
        one: words where the number is 1.
        many: words with a hole `count`.
        number: of things.
        others: what stands in other holes.
    """
    return (one if number == 1 else many).format(count=count(number), **others)


def about(value: int) -> str:
    """A whole number of which only the size is known, to two significant digits: `2,700,000`."""
    return count(int(float(f"{value:.2g}")))


def amounts(values: Iterable[float | None], currency: str | None) -> list[str]:
    """Amounts that stand under each other, in one precision; a dash where one is not known.

    Args:
        values: in units of the currency.
        currency: as in `money`.
    """
    values = [None if value is None else float(value) for value in values]
    digits = digits_of([value for value in values if value is not None] or [0], "currency")
    return [messages.DASH if value is None else money(value, currency, digits) for value in values]


def name(slug: str) -> str:
    """A value of a dimension as a reader writes it: `germany_south` is `Germany south`; other marks stay."""
    text = slug.replace("_", " ")
    return messages.PUBLISHED.get(slug, text[:1].upper() + text[1:])


def graded(grade: str | None) -> str:
    """A grade of evidence with what it means, as part of a sentence."""
    if grade not in messages.GRADES:
        return messages.GRADE.format(grade=grade or messages.DASH)
    return messages.GRADED.format(grade=grade, words=messages.GRADES[grade])


def source(table: str) -> str:
    """A source table as a reader writes it: `crm.customer_identities` is `CRM: customer identities`."""
    system, _, rest = table.partition(".")
    return messages.SOURCE_TABLE.format(system=name(system), table=rest.replace("_", " ")) if rest else name(system)


def told(text: str | None) -> str | None:
    """A name or reason of the warehouse in the words of the catalogue; as it is published where that has none.

    Of a reason that a source is absent the table is named as a reader writes it.
    """
    if not text or text in messages.PUBLISHED:
        return messages.PUBLISHED.get(text, text)
    if not (found := _ABSENT.fullmatch(text)):
        return text
    listed = found["listed"] or found["one"]
    names = [messages.ALTERNATIVE.join(map(_table, each.split("|"))) for each in re.split(r", |;", listed)]
    return messages.SOURCE_MISSING.format(tables=", ".join(names)) + (found["so"] or "")


def _table(name_of: str) -> str:
    system, _, rest = name_of.partition(".")
    return messages.SOURCE_OF.format(system=name(system), table=rest.replace("_", " ")) if rest else name(system)


def metric(row: Mapping) -> str:
    """The name of a metric in the words of the catalogue, else of the registry, else its id.

    Args:
        row: with metric_id and metric_name.
    """
    return messages.METRICS.get(row["metric_id"]) or row["metric_name"] or row["metric_id"]


def month(day: date) -> str:
    """A month as a reader writes it: `Oct 2026`."""
    return messages.MONTH_OF_YEAR.format(month=messages.MONTHS[day.month - 1], year=day.year)


def month_of(slug: str) -> str:
    """A month that is published as text, `2026-10`, as a reader writes it; anything else stays."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", slug)
    return month(date(int(found[1]), int(found[2]), 1)) if found else slug


def day(moment: date) -> str:
    """A day: `21 Nov 2026`."""
    return messages.DAY_OF_MONTH.format(day=moment.day, month=messages.MONTHS[moment.month - 1], year=moment.year)


def instant(moment: datetime) -> str:
    """A UTC instant to the minute: `21 Nov 2026 22:17 UTC`."""
    return messages.INSTANT.format(
        day=moment.day, month=messages.MONTHS[moment.month - 1], year=moment.year, time=f"{moment:%H:%M}"
    )


def plain(text: str) -> str:
    """Text from the data, so that Markdown shows it as it is and reads none of it as markup.

    Args:
        text: anything.

    Returns:
        The text with a backslash before each character that Markdown could take for markup; `words` in backquotes
        stay code.
    """
    # A line may end between a sign and a currency's symbol.
    joined = _SIGN.sub(MINUS + WORD_JOINER, text.replace("\n", " "))
    return _MARKDOWN.sub(r"\\\1", joined)


def together(text: str) -> str:
    """Text in which no line breaks within an interval, nor between a minus and a currency's symbol."""
    text = _SIGN.sub(MINUS + WORD_JOINER, text)
    return re.sub(r"\([^()]{,40}\)", lambda found: found[0].replace(" ", NO_BREAK), text)


def cell(text: str) -> str:
    """Text of a table's cell that breaks only where a reader would: not within an interval, nor after every word."""
    text = together(text)
    text = re.sub(r"(?<=\w)-(?=\w)", f"-{WORD_JOINER}", text)
    if len(text) <= _CELL:
        return text.replace(" ", NO_BREAK)
    lines = textwrap.wrap(text, _CELL, break_long_words=False, break_on_hyphens=False)
    return " ".join(line.replace(" ", NO_BREAK) for line in lines)


def sentence(text: str) -> str:
    """Text from the data with a capital at its start and a stop at its end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def number(value: float, digits: int) -> str:
    """A number with separators as they are written here, and a true minus.

    Args:
        value: anything finite.
        digits: behind the decimal mark.
    """
    text = _written(f"{abs(value):,.{digits}f}")
    return f"{MINUS}{text}" if value < 0 and re.search(r"[1-9]", text) else text


def rounded(value: float, digits: int = 6) -> str:
    """A number to so many significant digits, without zeros at its end: `0.08`, `12`, `1,234`; a large one whole."""
    text = f"{abs(value):,.{digits}g}"
    if "e" in text:
        # Nobody reads 1.23457e+06.
        text = f"{abs(value):,.0f}" if abs(value) >= 1 else f"{abs(value):.{digits}f}".rstrip("0").rstrip(".")
    text = _written(text)
    return f"{MINUS}{text}" if value < 0 and re.search(r"[1-9]", text) else text


def number_columns(lines: Sequence[Sequence[str]]) -> list[int]:
    """Columns of a table that hold numbers, which stand under each other at the right; never the first, which names.

    Args:
        lines: cells as a reader sees them, at least one line.
    """
    beside = (
        messages.NEARLY_CERTAIN,
        messages.NEARLY_IMPOSSIBLE,
        messages.INTERVAL_ENDS,
        messages.DAY,
        messages.P_TINY,
        messages.Q_TINY,
    )
    known = _words(" ".join((*messages.UNITS.values(), *beside)))

    def is_number(cell: str) -> bool:
        # Three capitals are a currency.
        return bool(_NUMBERLIKE.fullmatch(cell)) and all(
            word in known or (len(word) == 3 and word.isupper()) for word in _words(cell)
        )

    found = []
    for place, cells in enumerate(zip(*lines, strict=True)):
        said = [cell for cell in cells if cell != messages.DASH and not cell.startswith(messages.NOT_SHOWN)]
        if place and sum(map(is_number, said)) * 2 > len(said):
            found.append(place)
    return found


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}", "", text)))


def _written(text: str) -> str:
    thousands, decimal = words.separators(messages.NUMBERS)
    return text.translate({ord(","): thousands, ord("."): decimal})
