"""Every catalogue keeps the Catalogue contract."""

import sqlite3
from pathlib import Path

import pytest

from casetrail.adapters.catalogue.catalogue import SqlCatalogue
from casetrail.footage.cameras import Camera
from casetrail.model.errors import IntegrityError
from casetrail.testing.contracts.catalogue import AUDIT, CatalogueCase, CatalogueContract
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_catalogue import FakeCatalogue


class TestSqlCatalogue(CatalogueContract):
    """The adapter in SQLite."""

    @pytest.fixture
    def case(self, tmp_path: Path) -> CatalogueCase:
        """An empty database."""
        log = FakeAuditLog()
        return CatalogueCase(SqlCatalogue(tmp_path / "store" / "catalogue.db", log), log)

    def test_it_lasts(self, tmp_path: Path) -> None:
        """Another opening of the same file sees what was written."""
        path = tmp_path / "catalogue.db"
        SqlCatalogue(path, FakeAuditLog()).add_cameras([Camera("CAM01")], audit=AUDIT)
        assert [camera.camera_id for camera in SqlCatalogue(path, FakeAuditLog()).read_cameras()] == ["CAM01"]

    def test_overwritten_bytes_are_gone(self, tmp_path: Path) -> None:
        """With secure_delete and write-ahead logging, a replaced name is nowhere in the file after a checkpoint."""
        path = tmp_path / "catalogue.db"
        catalogue = SqlCatalogue(path, FakeAuditLog())
        catalogue.add_cameras([Camera("CAM01", name="PLANTED-MARKER")], audit=AUDIT)
        catalogue.add_cameras([Camera("CAM01", name="short")], audit=AUDIT)
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()
        assert all(b"PLANTED-MARKER" not in file.read_bytes() for file in tmp_path.iterdir())

    def test_only_the_owner_reads_it(self, tmp_path: Path) -> None:
        """The database file is private."""
        SqlCatalogue(tmp_path / "catalogue.db", FakeAuditLog())
        assert (tmp_path / "catalogue.db").stat().st_mode & 0o077 == 0

    def test_garbage_is_an_integrity_failure(self, tmp_path: Path) -> None:
        """A file that is no database is told as such, not read as empty."""
        path = tmp_path / "catalogue.db"
        path.write_bytes(b"no database at all, " * 100)
        with pytest.raises(IntegrityError, match=r"catalogue\.db"):
            SqlCatalogue(path, FakeAuditLog())


class TestFakeCatalogue(CatalogueContract):
    """The fake in memory."""

    @pytest.fixture
    def case(self) -> CatalogueCase:
        """An empty fake."""
        log = FakeAuditLog()
        return CatalogueCase(FakeCatalogue(log), log)
