"""Settings as command-line options: their help and default come from the settings module, never from here."""

from typing import Any

import typer
from pydantic import ValidationError

from cx_warehouse.errors import CxError
from cx_warehouse.settings import Settings


def option(field: str, *names: str) -> Any:
    """A command-line option for one setting.

    Args:
        field: the setting's name.
        names: the option's names; default: `--` and the setting's name with dashes.
    """
    shown = names or (f"--{field.replace('_', '-')}",)
    return typer.Option(*shown, help=_help(field), show_default=False)


def settings(**options: object) -> Settings:
    """The settings of one invocation: options given, else environment, else `.env`, else defaults.

    Raises:
        CxError: a value cannot be read; the message names its variable or option.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value not in (None, [])})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise CxError(f"Setting {field} ({_variable(field)}) is {first['input']!r}: {first['msg']}.") from None


def every_setting() -> str:
    """All settings with variable, default and meaning, as a block of text for `--help`."""
    lines = [f"  {_variable(field)} [{_default(field)}]: {_description(field)}" for field in Settings.model_fields]
    # click fills paragraphs; \b keeps the one that it begins as it is.
    return "\b\nEvery setting: environment variable (or a line of the file .env) [default]\n" + "\n".join(lines)


def _help(field: str) -> str:
    return f"{_description(field)} [env {_variable(field)}, default {_default(field)}]"


def _description(field: str) -> str:
    return Settings.model_fields[field].description or ""


def _default(field: str) -> str:
    default = Settings.model_fields[field].default
    return "none" if default in (None, []) else str(default)


def _variable(field: str) -> str:
    return f"CX_{field.upper()}"
