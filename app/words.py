"""Another language, or another way of writing numbers, in place of the English of app/messages.py."""

import re
import runpy
import string

from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings

# Words for what the warehouse says: whoever translates adds entries of their own.
_OPEN = ("METRICS", "PUBLISHED")
_NUMBERS = re.compile(r"1([.,' \u00a0\u202f]?)234([.,])5")


def adopt(catalogue: dict) -> None:
    """Puts the words of the file that CX_WORDS names, and the numbers of CX_NUMBERS, into a catalogue.

    What the file leaves out stays English.

    Args:
        catalogue: names of app/messages.py to words; changed in place.

    Raises:
        CxError: the file is not there, has a name that the catalogue lacks, or words that do not fit.
    """
    settings = Settings()
    if settings.words:
        if not settings.words.is_file():
            raise CxError(f"CX_WORDS names {settings.words}, which is no file; expected one like app/messages.py.")
        for name, value in runpy.run_path(str(settings.words)).items():
            if name.isupper():
                if name not in catalogue:
                    raise CxError(f"{settings.words} has {name}, which app/messages.py does not have.")
                if name in _OPEN:
                    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
                        raise CxError(f"{settings.words}, {name}: expected names or reasons to their words.")
                    value = {**catalogue[name], **value}
                elif fault := _fault(catalogue[name], value):
                    raise CxError(f"{settings.words}, {name}: {fault}.")
                catalogue[name] = value
    catalogue["NUMBERS"] = settings.numbers or catalogue["NUMBERS"]
    if not _NUMBERS.fullmatch(catalogue["NUMBERS"]):
        raise CxError(f"CX_NUMBERS is '{catalogue['NUMBERS']}'; expected a sample such as 1,234.5 or 1.234,5.")


def separators(numbers: str) -> tuple[str, str]:
    """Thousands separator and decimal mark.

    Args:
        numbers: a sample, for example `1.234,5`.
    """
    thousands, decimal = _NUMBERS.fullmatch(numbers).groups()
    return thousands, decimal


def _fault(english: object, other: object) -> str | None:
    """What is wrong with words in place of the English ones; None where they fit."""
    if type(english) is not type(other):
        return f"found {type(other).__name__}, expected {type(english).__name__}"
    if english is None:
        return None
    if isinstance(english, str):
        holes = {field for _, field, _, _ in string.Formatter().parse(other) if field is not None}
        known = {field for _, field, _, _ in string.Formatter().parse(english) if field is not None}
        return f"{{{', '.join(sorted(holes - known))}}} stands for nothing here" if holes - known else None
    if isinstance(english, dict):
        if english.keys() != other.keys():
            return f"expected the keys {', '.join(map(str, english))}"
        return next(filter(None, (_fault(english[key], other[key]) for key in english)), None)
    if len(english) != len(other):
        return f"expected {len(english)} of them, found {len(other)}"
    return next(filter(None, map(_fault, english, other)), None)
