"""What came of one fault."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.short_run import ended, in_child


@dataclass(frozen=True)
class Result:
    """`harms` must be 0; of the control it must not."""

    fault: str
    count: int
    harms: int
    found: str
    is_control: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the fault was made, and did what it should."""
        return self.count > 0 and (self.harms > 0) == self.is_control


def child_succeeds(work: Callable[[], object]) -> bool:
    """Do `work` in a child; True when it ended without an exception and did not return False."""
    return ended(in_child(work))
