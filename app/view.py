"""What a page is drawn from: one published version, the choices of the visitor and the colours of the theme."""

from dataclasses import dataclass
from datetime import datetime

from app import figures, messages, queries
from cx_warehouse.snapshots import Snapshot


@dataclass(frozen=True)
class View:
    """`pick` holds one value for each filter of the tab that is open: a roll-up that is published, `all` by default.

    `definitions` and `trust` go by metric_id; `links` holds the pages by slug, for links from one to another.
    """

    snapshot: Snapshot
    currency: str | None
    as_of: datetime | None
    definitions: dict[str, dict]
    trust: dict[str, dict]
    pick: dict[str, str]
    ink: dict[str, str]
    links: dict[str, object]

    def name(self, dimension: str, slug: str | None) -> str:
        """The name of a touchpoint or a cause as a reader writes it; a dash where there is none.

        Args:
            dimension: touchpoint or cause.
            slug: as published.
        """
        if slug is None:
            return messages.DASH
        name = queries.names(self.snapshot, dimension).get(slug)
        return figures.told(name) if name and name != slug else figures.name(slug)

    @property
    def period(self) -> str:
        """The roll-up period that is chosen."""
        return self.pick["period"]

    def file_name(self, stem: str) -> str:
        """Name of a download that says what was chosen and of which version it is.

        Args:
            stem: what the rows are.
        """
        chosen = [value for name, value in self.pick.items() if value != "all" or name == "period"]
        return "_".join([stem, *chosen, self.snapshot.version]).replace("/", "-") + ".csv"
