"""Settings: where things are. Read from `CASETRAIL_*` environment variables or given by a surface."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from casetrail.governance.retention import LONGEST_PRESENCE_DAYS, PRESENCE_DAYS
from casetrail.governance.witness import MOST_DAYS


def default_data_dir() -> Path:
    """The platform's user data directory for casetrail."""
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "casetrail"


def default_cache_dir() -> Path:
    """The platform's user cache directory for casetrail (models and samples; no personal data)."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "casetrail"


class Settings(BaseSettings):
    """Where an installation keeps its things, and how many processes may work.

    `data` holds `store/` (database, presence index, vault, audit log), `keys/` and `output/`. `database` may name a
    PostgreSQL server in place of the file there, `keys` another disk, `passphrase_file` what protects the key of the
    vaults. `models` and `samples` are directories looked into first. `presence_days`: how long a day of the presence
    index is kept. `witness_days`: how old the word of a witness may be for a new trace; it can be set shorter only.
    """

    model_config = SettingsConfigDict(env_prefix="CASETRAIL_", frozen=True)

    data: Path = default_data_dir()
    keys: Path | None = None
    passphrase_file: Path | None = None
    database: str = ""
    cache: Path = default_cache_dir()
    models: Path | None = None
    samples: Path | None = None
    workers: int = os.cpu_count() or 1
    presence_days: int = Field(default=PRESENCE_DAYS, ge=1, le=LONGEST_PRESENCE_DAYS)
    witness_days: int = Field(default=MOST_DAYS, ge=1, le=MOST_DAYS)

    @property
    def store_dir(self) -> Path:
        """Database, presence index, vault and audit log."""
        return self.data / "store"

    @property
    def key_dir(self) -> Path:
        """Keys, outside the database directory."""
        return self.keys or self.data / "keys"

    @property
    def output_dir(self) -> Path:
        """Reports and clips, by case."""
        return self.data / "output"
