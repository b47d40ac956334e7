"""Numbers as text: the only change a figure undergoes between mart and screen."""

import re
from datetime import date, datetime

UNKNOWN = "–"
MINUS = "−"
WORD_JOINER = "\u2060"
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "CAD": "CA$", "AUD": "A$"}
# A colon is markup only before a name, as in `:red[text]`.
_MARKDOWN = re.compile(r"([\\*_\[\]<>$~|#]|:(?=[a-zA-Z]))")


def figure(value: float, unit: str, currency: str | None) -> str:
    """A metric's value with its unit.

    Args:
        value: as the mart holds it; a share is 0 to 1.
        unit: share, points (a difference of shares), score, days, minutes, currency, ratio or count.
        currency: ISO 4217 code of amounts, None when unknown.

    Returns:
        For example `78.4%`, `+23`, `−1.2 days`, `0.51 days`, `£6.40`, `184.2`.
    """
    if unit == "share":
        return f"{_signed(value * 100, 1)}%"
    if unit == "score":
        return _signed(value, 0 if abs(value) >= 10 else 1)
    if unit == "points":
        return f"+{points(value)}" if value > 0 and re.search(r"[1-9]", points(value)) else points(value)
    if unit == "days":
        return f"{_signed(value, 1 if abs(value) >= 1 else 2)} days"
    if unit == "minutes":
        return f"{_signed(value, 1)} minutes"
    if unit == "ratio":
        return _signed(value, 2)
    if unit == "currency":
        return money(value, currency)
    return _signed(value, 0 if value == int(value) else 1)


def points(value: float) -> str:
    """A distance between two shares, without a sign: `10.7 points`."""
    return f"{_signed(value * 100, 1)} points"


def goal(value: float, unit: str, currency: str | None) -> str:
    """A target: as `figure`, without decimals that are zero, since somebody chose it as a round number."""
    return re.sub(r"[.]0+(?=\D*$)", "", figure(value, unit, currency))


def change(value: float, unit: str, currency: str | None) -> str:
    """A change of a metric, always with its sign; a change of a share is in percentage points.

    Args:
        value: new minus old, as the mart holds it.
        unit: unit of the metric.
        currency: ISO 4217 code of amounts.

    Returns:
        For example `+1.2 points`, `−£0.20`, `no change`.
    """
    text = f"{_signed(value * 100, 1)} points" if unit == "share" else figure(value, unit, currency)
    if not re.search(r"[1-9]", text):
        return "no change"
    # Without the joiner a line may end between the sign and a currency's symbol.
    return text if text.startswith(MINUS) else f"+{WORD_JOINER}{text}" if unit == "currency" else f"+{text}"


def money(value: float, currency: str | None) -> str:
    """An amount: two decimals below 1,000, none above.

    Args:
        value: in units of the currency.
        currency: ISO 4217 code; without a known symbol it is written after the number.
    """
    sign = MINUS if value < 0 else ""
    number = f"{abs(value):,.2f}" if abs(value) < 1000 else f"{abs(value):,.0f}"
    symbol = _SYMBOLS.get(currency or "")
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency or ''}".rstrip()


def count(value: int | None) -> str:
    """A whole number with thousands separators; a dash where it is not known."""
    return UNKNOWN if value is None else f"{value:,}"


def name(slug: str) -> str:
    """A value of a dimension as a reader writes it: `germany_south` is `Germany south`; other marks stay."""
    text = slug.replace("_", " ")
    return text[:1].upper() + text[1:]


def month(day: date) -> str:
    """A month as a reader writes it: `Oct 2026`."""
    return f"{day:%b %Y}"


def day(moment: date) -> str:
    """A day: `21 Nov 2026`."""
    return f"{moment.day} {moment:%b %Y}"


def instant(moment: datetime) -> str:
    """A UTC instant to the minute: `21 Nov 2026 22:17 UTC`."""
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


def plain(text: str) -> str:
    """Text from the data, so that Markdown shows it as it is and reads none of it as markup.

    Args:
        text: anything.

    Returns:
        The text with a backslash before each character that Markdown could take for markup; `words` in backquotes
        stay code.
    """
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def sentence(text: str) -> str:
    """Text from the data with a capital at its start and a stop at its end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _signed(value: float, digits: int) -> str:
    text = f"{abs(value):,.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and re.search(r"[1-9]", text) else text
