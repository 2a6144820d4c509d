"""Downloading a model file: https only, a cap on size, resumable, and verified before it gets its name."""

import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from casetrail.app.model_catalogue import ModelFile
from casetrail.app.models import Progress
from casetrail.model.errors import IntegrityError, MissingError

CONNECT_S = 5
MOST_BYTES = 256 * 2**20
CHUNK = 2**18


def download_file(file: ModelFile, target: Path, progress: Progress) -> None:
    """Bring a file to `target`, going on where an earlier attempt stopped.

    Raises MissingError when the address cannot be reached, IntegrityError when the file is too large or its
    hash is wrong (what came is then removed).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    try:
        _fetch(file.url, part, lambda done, whole: progress(target.name, done, whole))
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        raise _unreachable(file.url, error) from error
    if _sha256(part) != file.sha256:
        part.unlink()
        raise IntegrityError(
            "what the official address sent is not the file in the catalogue (sha256 differs)",
            where=file.url,
            todo="try again later, or copy the file into a CASETRAIL_MODELS directory",
        )
    part.replace(target)


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirections only to https addresses."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        _check_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(url: str, part: Path, told: Any) -> None:
    _check_https(url)
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    opener = urllib.request.build_opener(_HttpsOnly)
    try:
        answer = opener.open(request, timeout=CONNECT_S)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # everything is here already; the hash decides
        raise
    with answer, part.open("ab" if answer.status == http.HTTPStatus.PARTIAL_CONTENT else "wb") as out:
        _copy(answer, out, out.tell(), told, url)


def _copy(answer: Any, out: Any, done: int, told: Any, url: str) -> None:
    whole = done + int(answer.headers.get("Content-Length") or 0)
    while chunk := answer.read(CHUNK):
        done += len(chunk)
        if max(done, whole) > MOST_BYTES:
            raise IntegrityError("the file is larger than any model of the catalogue", where=url)
        out.write(chunk)
        told(done, whole)


def _check_https(url: str) -> None:
    if urllib.parse.urlsplit(url).scheme != "https":
        raise IntegrityError("models are downloaded by https only", where=url)


def _unreachable(url: str, error: Exception) -> MissingError:
    why = getattr(error, "reason", None) or type(error).__name__
    return MissingError(
        f"cannot be reached ({why})",
        where=urllib.parse.urlsplit(url).netloc,
        todo="check the network, or copy the models here and set CASETRAIL_MODELS to that directory",
    )


def _sha256(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
