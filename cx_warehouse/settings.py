"""Every setting, its default and its meaning, in one place. Environment prefix `CX_`, or a `.env` file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one invocation; a command-line option of the same name wins over the environment."""

    model_config = SettingsConfigDict(env_prefix="CX_", env_file=".env", extra="ignore", validate_assignment=True)

    landing: Path = Field(Path("landing"), description="Folder of source files, laid out as <system>/<table>/.")
    pulls: Path = Field(Path("pulls.toml"), description="File that names what is pulled into the landing folder.")
    warehouse: Path = Field(Path("warehouse"), description="Folder of raw data, builds and published versions.")
    connectors: Annotated[list[str], NoDecode] = Field(
        [], description="Tools whose exports are mapped onto the contract."
    )
    as_of: str | None = Field(None, description="Instant at which time stops (ISO 8601); default: the latest event.")
    target: str = Field("duckdb", description="Engine: an output of profiles.yml.")
    business_timezone: str = Field("UTC", description="Time zone of instants that carry no offset (IANA name).")
    reporting_currency: str | None = Field(None, description="ISO 4217; default: the currency of most orders.")
    fiscal_year_start_month: int = Field(1, ge=1, le=12, description="Month in which the fiscal year begins.")
    pii_key: SecretStr | None = Field(
        None, description="Key of the hashes that stand for personal data; unset: left out."
    )
    comments: Literal["drop", "scrub", "keep_apart"] = Field(
        "drop",
        description="What people wrote in their own words: left out, kept scrubbed, or as it is in a folder apart.",
    )
    keep_versions: int = Field(5, ge=1, description="Published versions that stay.")
    incremental: bool = Field(False, description="Whether a run keeps the rows of what did not change since the last.")
    threads: int = Field(2, ge=1, description="Models built at a time; one where much is loaded.")
    memory_limit: str = Field("4GB", description="Memory that DuckDB may take; what needs more spills to disk.")
    systems: Annotated[list[str], NoDecode] = Field([], description="Systems whose files are loaded; default: all.")
    schedule: str | None = Field(None, description="When Dagster runs (cron, business time zone); unset: when told to.")
    fresh_hours: int = Field(26, ge=1, description="Age in hours from which what is published counts as late.")
    alert_webhook: SecretStr | None = Field(None, description="Address to which alerts are posted as JSON.")
    alert_email: Annotated[list[str], NoDecode] = Field([], description="Whom alerts are mailed to.")
    alert_from: str | None = Field(None, description="Sender of alerts; default: the first who gets them.")
    smtp_host: str | None = Field(None, description="Mail server for alerts.")
    smtp_port: int = Field(25, description="Its port.")
    smtp_user: str | None = Field(None, description="User at the mail server; sends over STARTTLS.")
    smtp_password: SecretStr | None = Field(None, description="That user's password.")
    board_pack: bool = Field(True, description="Whether a run ends by writing the board pack of what it published.")
    app_host: str = Field("127.0.0.1", description="Address on which `cx app` listens.")
    app_port: int = Field(8501, description="Port on which `cx app` listens.")
    words: Path | None = Field(None, description="Another language: a file that replaces words of app/messages.py.")
    numbers: str | None = Field(
        None, description="How numbers are written, by a sample: 1,234.5 or 1.234,5 or 1 234,5."
    )

    oidc_metadata_url: str | None = Field(None, description="Sign-in: the provider's openid-configuration.")
    oidc_client_id: str | None = Field(None, description="Sign-in: this app's id at the provider.")
    oidc_client_secret: SecretStr | None = Field(None, description="Sign-in: its secret.")
    oidc_redirect_uri: str | None = Field(None, description="Sign-in: https://<host>/oauth2callback.")
    oidc_cookie_secret: SecretStr | None = Field(None, description="Sign-in: signs sessions; 32 characters or more.")
    oidc_role_claim: str = Field("roles", description="Sign-in: the claim that lists a person's roles.")
    oidc_roles: Annotated[list[str], NoDecode] = Field(
        ["leader", "analyst"], description="Sign-in: roles that may see the dashboard."
    )
    oidc_proposing_roles: Annotated[list[str], NoDecode] = Field(
        ["leader"], description="Sign-in: roles that may propose assumptions and goals too."
    )

    @field_validator("connectors", "systems", "alert_email", "oidc_roles", "oidc_proposing_roles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    # The layout of a warehouse folder is known here and nowhere else.
    @property
    def raw(self) -> Path:
        """Landed rows as text, in Parquet; append-only."""
        return self.warehouse / "raw"

    @property
    def apart(self) -> Path:
        """What people wrote in their own words, in Parquet; for its owner alone, and never read by a model."""
        return self.warehouse / "apart"

    @property
    def proposals(self) -> Path:
        """Assumptions and goals that leaders propose, as CSV (see cx_warehouse.proposals)."""
        return self.warehouse / "proposals"

    @property
    def pulled(self) -> Path:
        """How far pulls came, and what they have not landed yet (see cx_warehouse.pull)."""
        return self.warehouse / "pulls"

    @property
    def staging(self) -> Path:
        """Builds under way; nothing in it is ever read by users."""
        return self.warehouse / "staging"

    @property
    def versions(self) -> Path:
        """Published builds: `<version>.duckdb`, `<version>.json` (run summary), `<version>.docs/` (data docs),
        `<version>.pack/` (board pack)."""
        return self.warehouse / "versions"

    @property
    def current(self) -> Path:
        """The link to the published version."""
        return self.warehouse / "current.duckdb"

    @property
    def lock(self) -> Path:
        """Held for the length of a run."""
        return self.warehouse / "run.lock"

    @property
    def runs(self) -> Path:
        """A paper per run: when, how it ended, what was published since."""
        return self.warehouse / "runs"

    @property
    def as_of_folder(self) -> Path:
        """Warehouses of `cx backfill`, one per instant at which time was stopped."""
        return self.warehouse / "as_of"

    @property
    def forgotten(self) -> Path:
        """Keyed hashes of the identifiers of people who were erased, one a line; the key lies beside it."""
        return self.warehouse / "forgotten.txt"

    @property
    def id_key(self) -> Path:
        """The key of hashes that stand for ids which are e-mail addresses, where ids came before CX_PII_KEY was set."""
        return self.warehouse / "ids.key"

    @property
    def erasure(self) -> Path:
        """Whom an erasure under way is about; gone once it has ended."""
        return self.warehouse / "erasure.json"

    @property
    def dagster_home(self) -> Path:
        """Run history."""
        return self.warehouse / "dagster"
