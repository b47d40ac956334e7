"""What goes wrong in words a user can act on."""


class CxError(Exception):
    """A sentence for the user: what was found, what was expected, what to do. `exit_code` is what `cx` ends with."""

    exit_code = 2


class Refused(CxError):
    """A check refused the build; what is published stays."""

    exit_code = 1
