"""Model files: places in order, hashes before use, downloads that never leave a wrong file behind."""

import hashlib
import io
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from casetrail.adapters.model_files import download
from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.app.model_catalogue import Carrier, CatalogueEntry, ModelFile
from casetrail.model.errors import IntegrityError, MissingError
from casetrail.model.models import AccuracyClass, ModelRole

CONTENT = {"a/net.xml": b"<net/>" * 50, "a/net.bin": b"weights" * 100}
URL = "https://models.example/"


def _entry(carrier: Carrier | None = None, package_path: str = "") -> CatalogueEntry:
    files = tuple(
        ModelFile(path, hashlib.sha256(content).hexdigest(), URL + path, package_path)
        for path, content in CONTENT.items()
    )
    words = ("net", ModelRole.MASK, AccuracyClass.DEFAULT, "reader", *["x"] * 6)
    return CatalogueEntry(*words, files=files, carrier=carrier)  # type: ignore[arg-type]


def _fill(folder: Path, *paths: str) -> None:
    for path in paths or CONTENT:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(CONTENT[path])


class FakeOpener:
    """Answers requests from memory; `broken_after` bytes the connection ends."""

    def __init__(self, served: dict[str, bytes], broken_after: int | None = None) -> None:
        self.served, self.broken_after, self.ranges = served, broken_after, list[str]()

    def open(self, request: urllib.request.Request, timeout: float) -> Any:
        """The file from the byte that was asked for."""
        asked = request.get_header("Range", "")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        body = self.served[request.full_url.removeprefix(URL)][start:]
        return FakeAnswer(body, 206 if asked else 200, self.broken_after)


class FakeAnswer(io.BytesIO):
    """A response that may break off."""

    def __init__(self, body: bytes, status: int, broken_after: int | None) -> None:
        super().__init__(body if broken_after is None else body[:broken_after])
        self.status, self.headers, self.broken = status, Message(), broken_after is not None
        self.headers["Content-Length"] = str(len(body))

    def read(self, size: int | None = -1) -> bytes:
        """Bytes until the end, or until the connection is reset."""
        chunk = super().read(size)
        if not chunk and self.broken:
            raise ConnectionResetError
        return chunk


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a fake opener in the place of the network."""

    def put(opener: Any) -> Any:
        monkeypatch.setattr(urllib.request, "build_opener", lambda *_: opener)
        return opener

    return put


def _ignore(_file: str, _done: int, _whole: int) -> None:
    pass


def test_mirror_before_cache(tmp_path: Path) -> None:
    """The CASETRAIL_MODELS directory is looked into before the cache, and the cache when there is none."""
    _fill(tmp_path / "mirror")
    _fill(tmp_path / "cache" / "models")
    found = LocalModelFiles(tmp_path / "mirror", tmp_path / "cache").find_model(_entry())
    cached = LocalModelFiles(None, tmp_path / "cache").find_model(_entry())
    assert found is not None and found.place == "CASETRAIL_MODELS"
    assert cached is not None and cached.place == "cache"
    assert [path.name for path in cached.paths] == ["net.xml", "net.bin"]


def test_nothing_found_is_none(tmp_path: Path) -> None:
    """No place holds the model: None, not an error."""
    assert LocalModelFiles(tmp_path, tmp_path).find_model(_entry()) is None


def test_wrong_hash_stops_although_the_cache_is_right(tmp_path: Path) -> None:
    """A changed file in the mirror is an error that names it; the right copy in the cache is not used instead."""
    _fill(tmp_path / "mirror")
    _fill(tmp_path / "cache" / "models")
    files = LocalModelFiles(tmp_path / "mirror", tmp_path / "cache")
    assert files.find_model(_entry()) is not None
    (tmp_path / "mirror" / "a/net.bin").write_bytes(b"other weights")
    with pytest.raises(IntegrityError, match=r"net\.bin"):
        files.find_model(_entry())


def test_half_a_model_stops(tmp_path: Path) -> None:
    """A description without its weights is an error that names what is missing."""
    _fill(tmp_path, "a/net.xml")
    with pytest.raises(IntegrityError, match=r"net\.bin"):
        LocalModelFiles(tmp_path, tmp_path / "cache").find_model(_entry())


def test_carried_package_is_located_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files inside an installed package are found without running the package."""
    package = tmp_path / "site" / "carrier"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "net").write_bytes(CONTENT["a/net.xml"])
    info = tmp_path / "site" / "carrier-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    entry = _entry(Carrier("carrier", "1.0"), "carrier/net")
    single = CatalogueEntry(**{**vars(entry), "files": entry.files[:1]})
    found = LocalModelFiles(None, tmp_path).find_model(single)
    assert found is not None and found.place == "package carrier"


def test_pull_verifies_and_renames(tmp_path: Path, serve: Any) -> None:
    """What is pulled lies in the cache under its own name, with nothing beside it, and is found there."""
    serve(FakeOpener(CONTENT))
    told: list[tuple[str, int, int]] = []
    files = LocalModelFiles(None, tmp_path)
    files.pull_model(_entry(), lambda *step: told.append(step))
    found = files.find_model(_entry())
    assert found is not None and found.place == "cache"
    assert sorted(path.name for path in (tmp_path / "models/a").iterdir()) == ["net.bin", "net.xml"]
    assert told[-1] == ("net.bin", 700, 700)


def test_broken_download_goes_on_where_it_stopped(tmp_path: Path, serve: Any) -> None:
    """After a broken connection nothing has the file's name, and the next pull asks for the rest only."""
    serve(FakeOpener(CONTENT, broken_after=100))
    files = LocalModelFiles(None, tmp_path)
    with pytest.raises(MissingError, match="CASETRAIL_MODELS"):
        files.pull_model(_entry(), _ignore)
    assert [path.name for path in (tmp_path / "models/a").iterdir()] == ["net.xml.part"]
    opener = serve(FakeOpener(CONTENT))
    files.pull_model(_entry(), _ignore)
    assert opener.ranges == ["bytes=100-", ""]


def test_wrong_download_is_removed(tmp_path: Path, serve: Any) -> None:
    """A file with another hash is not kept, not even in part."""
    serve(FakeOpener(dict.fromkeys(CONTENT, b"evil")))
    with pytest.raises(IntegrityError, match="sha256"):
        LocalModelFiles(None, tmp_path).pull_model(_entry(), _ignore)
    assert list((tmp_path / "models/a").iterdir()) == []


def test_endless_download_is_cut(tmp_path: Path, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file larger than any model is not taken."""
    monkeypatch.setattr(download, "MOST_BYTES", 50)
    serve(FakeOpener(CONTENT))
    with pytest.raises(IntegrityError, match="larger"):
        LocalModelFiles(None, tmp_path).pull_model(_entry(), _ignore)


def test_unreachable_address_is_one_line(tmp_path: Path, serve: Any) -> None:
    """Without a network the error names the host and what to do."""

    class Nowhere:
        def open(self, request: urllib.request.Request, timeout: float) -> Any:
            raise urllib.error.URLError("no route to host")

    serve(Nowhere())
    with pytest.raises(MissingError, match=r"models\.example.*no route.*CASETRAIL_MODELS"):
        LocalModelFiles(None, tmp_path).pull_model(_entry(), _ignore)


def test_plain_http_is_refused(tmp_path: Path) -> None:
    """An address without TLS is not asked, nor is a redirection to one followed."""
    with pytest.raises(IntegrityError, match="https"):
        download.download_file(ModelFile("net", "0" * 64, "http://models.example/net"), tmp_path / "net", _ignore)
    handler = download._HttpsOnly()
    with pytest.raises(IntegrityError, match="https"):
        handler.redirect_request(urllib.request.Request(URL), None, 302, "", Message(), "http://models.example/net")
