"""The balance of a text file, and the physical line of every record.

A parser says nothing about lines it lost. So lines are counted apart from it, and
`physical lines = header + loaded + newlines inside fields + rejected` must hold.
"""

from dataclasses import dataclass

import numpy as np

from cx_warehouse.landing.report import Refusal


@dataclass(frozen=True)
class RejectedRecords:
    """Records that the parser rejected: the physical line of each, ascending, and the newlines inside it."""

    lines: np.ndarray
    newlines: np.ndarray

    @property
    def spanned(self) -> np.ndarray:
        """Numbers of all physical lines that these records take."""
        return np.concatenate(
            [np.arange(line, line + more + 1) for line, more in zip(self.lines, self.newlines, strict=True)]
            or [np.empty(0, np.int64)]
        ).astype(np.int64)


@dataclass(frozen=True)
class Balance:
    """A file whose lines are all accounted for.

    Attributes:
        blank_lines: numbers of the blank lines between records; those inside a field belong to it.
        embedded_newline_count: newlines inside fields, of loaded and of rejected records.
        rejected_count: rejected records and blank lines.
        gaps: for a record that would begin on line c if only loaded records were there: it begins on line
            c + (how many gaps are ≤ c). Ascending.
    """

    blank_lines: np.ndarray
    embedded_newline_count: int
    rejected_count: int
    gaps: np.ndarray


def settle(
    line_count: int,
    blank_lines: np.ndarray,
    top_blank_count: int,
    header_line_count: int,
    loaded_count: int,
    loaded_newline_count: int,
    embedded_blank_lines: np.ndarray,
    rejected: RejectedRecords,
    last_loaded_line: int,
) -> Balance:
    """Accounts for every physical line.

    Args:
        line_count: physical lines of the file.
        blank_lines: numbers of all blank lines, first line is 1, ascending.
        top_blank_count: blank lines before the header.
        header_line_count: lines of the header.
        loaded_count: records loaded.
        loaded_newline_count: newlines inside their fields.
        embedded_blank_lines: blank lines inside their fields, numbered as if the file held loaded records only.
        rejected: records that the parser rejected.
        last_loaded_line: the last line of the last loaded record, numbered likewise; for the message.

    Raises:
        Refusal: lines are missing or counted twice.
    """
    top = top_blank_count + header_line_count
    spanned = rejected.spanned
    body_blanks = np.setdiff1d(blank_lines[blank_lines > top], spanned)
    # Between two lines that are not blank, all blank lines lie inside one field or all lie between records, so a gap
    # is known by how many non-blank lines precede it, however lines are numbered.
    numbered = body_blanks - np.searchsorted(spanned, body_blanks) - top
    gap_of_blank = numbered - 1 - np.arange(len(numbered))
    gap_of_embedded = embedded_blank_lines - 1 - np.arange(len(embedded_blank_lines))
    between = body_blanks[~np.isin(gap_of_blank, gap_of_embedded)]

    embedded_newline_count = loaded_newline_count + int(rejected.newlines.sum())
    rejected_count = top_blank_count + len(between) + len(rejected.lines)
    accounted = header_line_count + loaded_count + embedded_newline_count + rejected_count
    excluded = np.sort(np.concatenate([np.arange(1, top + 1), between, spanned]))
    gaps = excluded - np.arange(len(excluded))
    if accounted != line_count:
        near = last_loaded_line + int(np.searchsorted(gaps, last_loaded_line, side="right"))
        raise Refusal(
            "unbalanced",
            f"does not add up: {line_count:,} physical lines, but {accounted:,} accounted for "
            f"(header {header_line_count:,} + loaded {loaded_count:,} + newlines inside fields "
            f"{embedded_newline_count:,} + rejected {rejected_count:,}). Look after line {near:,} for a quote that is "
            "opened and not closed.",
        )
    return Balance(
        blank_lines=np.concatenate([np.arange(1, top_blank_count + 1), between]).astype(np.int64),
        embedded_newline_count=embedded_newline_count,
        rejected_count=rejected_count,
        gaps=gaps,
    )
