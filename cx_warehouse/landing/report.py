"""What the loader found: one dataclass per grain, and the words for what it refuses."""

from dataclasses import dataclass, field

# The closed set of `reason_kind`: of whole files first, then of single lines. Values are what was expected instead.
FILE_REASONS = {
    "empty_file": "a file with content",
    "wrong_format": "a file of the format that its name says",
    "unreadable_file": "a file that can be read",
    "unreadable_name": "a name in UTF-8",
    "unreadable_gzip": "a complete gzip file",
    "unreadable_parquet": "a complete Parquet file",
    "unreadable_csv": "a CSV file as RFC 4180 describes it",
    "not_utf8": "text in UTF-8",
    "nul_bytes": "text without NUL bytes",
    "mixed_line_ends": "one kind of line end throughout",
    "unclosed_quote": "every quote closed",
    "unbalanced": "physical lines = header + loaded + newlines inside fields + rejected",
    "duplicate_column": "every column once",
    "missing_required_column": "every required column",
    "no_known_column": "at least one column of the contract",
    "too_many_columns": "no more than 1,000 columns beside those of the contract",
    "changed_while_read": "a file that no longer changes",
}
LINE_REASONS = {
    "blank_line": "a record",
    "too_few_fields": "as many fields as the header has",
    "too_many_fields": "as many fields as the header has",
    "stray_quote": "quotes around whole fields only, doubled inside",
    "line_too_long": "a record of at most 2 MiB",
    "unreadable_record": "a record as RFC 4180 describes it",
    "invalid_json": "one JSON object",
    "not_an_object": "one JSON object",
    "duplicate_key": "every key once",
    "nul_character": "text without NUL characters",
    "forgotten": "nobody whom `cx forget` has erased",
}


class Refusal(Exception):
    """A file is refused whole. Its sentence never holds a value of the file, which might be personal.

    Args:
        kind: one of FILE_REASONS.
        sentence: what was found, what was expected, what to do; the caller puts the file's name before it.
        missing: columns that the file lacks, where that is known.
        unknown: columns that the contract does not know, where that is known.
    """

    def __init__(self, kind: str, sentence: str, missing: tuple[str, ...] = (), unknown: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.missing = missing
        self.unknown = unknown


@dataclass
class FileResult:
    """One row of the ledger ops.files, and what a person wants to hear about that file beside it.

    Counts are null where nothing was counted (skipped, or refused before it could be read).
    """

    system: str
    table_name: str
    file: str
    file_hash: str | None
    file_bytes: int
    format: str
    file_status: str = "loaded"
    reason: str | None = None
    physical_line_count: int | None = None
    header_line_count: int | None = None
    loaded_count: int | None = None
    embedded_newline_count: int | None = None
    rejected_count: int | None = None
    duplicate_count: int | None = None
    unknown_column_names: str | None = None
    missing_column_names: str | None = None
    reason_kind: str | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class LoadReport:
    """What one load did to one table.

    Attributes:
        table: `<system>.<table>`.
        files: every file considered, in the order of their paths.
        ignored: files in the table's folder whose suffix no reader knows.
        notes: what holds for the table as a whole (personal data left out…).
        seconds: wall time.
    """

    table: str
    files: list[FileResult] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_present(self) -> bool:
        """Whether at least one file of the table is loaded, now or before; a refused file is not."""
        return any(file.file_status != "refused" for file in self.files)

    @property
    def loaded_count(self) -> int:
        return sum(file.loaded_count or 0 for file in self.files if file.file_status == "loaded")

    @property
    def rejected_count(self) -> int:
        return sum(file.rejected_count or 0 for file in self.files if file.file_status == "loaded")

    @property
    def refused(self) -> list[FileResult]:
        return [file for file in self.files if file.file_status == "refused"]

    @property
    def skipped_count(self) -> int:
        return sum(file.file_status == "skipped" for file in self.files)


@dataclass(frozen=True)
class Problem:
    """Rows of one file with the same problem.

    Attributes:
        column: null when it concerns the whole line.
        kind: a LINE_REASONS key, `missing` or `unreadable`.
        is_rejected: the row goes to rejects; else only the value becomes null.
        row_count: rows concerned.
        expected: in words.
        examples: up to five (line, what was found), personal data masked.
    """

    column: str | None
    kind: str
    is_rejected: bool
    row_count: int
    expected: str
    examples: tuple[tuple[int, str], ...]


@dataclass
class FileCheck:
    """The forecast for one file: what the loader would say, then what the typing after it would say.

    Attributes:
        result: as a load would record it; `file_status` loaded means: would be accepted.
        problems: lines and values that would be rejected or become null.
        accepted_count: rows that reach the models.
        typed_rejected_count: rows that the loader accepts and the typing rejects; not forecast (0) for the exports of
            connectors, whose mapping is the models' work.
    """

    result: FileResult
    problems: list[Problem] = field(default_factory=list)
    accepted_count: int = 0
    typed_rejected_count: int = 0


@dataclass(frozen=True)
class WithheldMetric:
    """A metric that could not be published from these files: `absent_tables` are what it misses."""

    metric_id: str
    metric_name: str
    absent_tables: tuple[str, ...]


@dataclass
class CheckReport:
    """The dry run over one landing folder.

    Attributes:
        files: per file, in the order of tables and paths.
        absent_tables: contract tables that no acceptable file and no connector feeds.
        withheld: metrics that need one of them.
        unclaimed: files that belong to no table, with the reason.
        notes: what holds for the folder as a whole.
    """

    files: list[FileCheck] = field(default_factory=list)
    absent_tables: list[str] = field(default_factory=list)
    withheld: list[WithheldMetric] = field(default_factory=list)
    unclaimed: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> list[FileResult]:
        return [check.result for check in self.files if check.result.file_status == "refused"]
