"""Use case: add recordings to the catalogue, in place. Nothing is copied, one bad file never stops the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.app.desk_gate import counted
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.claims import ClaimListing, RecordingClaim, find_claims, read_manifest
from casetrail.footage.decoder import Decoder
from casetrail.footage.files import check_there, hash_recording, measure_size
from casetrail.footage.naming import NamePattern
from casetrail.footage.problems import FootageProblem, problem_of
from casetrail.footage.recordings import MediaFacts, Recording
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.model.errors import BadInputError, CasetrailError, MissingError

BATCH = 50  # recordings written at once: an interrupted run keeps what it has, and goes on from there
_DURATION_SLACK_S = 2.0
_DURATION_SHARE = 0.02

USUAL_NAMES = NamePattern()

Progress = Callable[[int, int], None]


def unseen(_done: int, _of: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class FootagePorts(CataloguePorts):
    """What footage use cases need."""

    decoder: Decoder


@dataclass(frozen=True)
class FootageAdded:
    """What adding did: recordings that are new (or were moved), those known before, and what could not be taken."""

    added: tuple[Recording, ...]
    known: int
    problems: tuple[FootageProblem, ...]
    notes: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises BadInputError when there was something to add and nothing could be taken."""
        if not self.added and not self.known:
            raise _nothing(self.problems)


def name_pattern(regex: str = "", start_format: str = "", utc_offset: str = "") -> NamePattern:
    """How names are read; see `NamePattern`. Raises UsageError when it is unusable."""
    return NamePattern(regex, start_format, utc_offset)


def read_claims(path: Path, *, manifest: bool = False, names: NamePattern = USUAL_NAMES) -> ClaimListing:
    """What is claimed about footage: by a manifest (any `.csv`), else by the names of a file or of those in a folder.

    Raises MissingError when nothing is there, BadInputError when it is no manifest.
    """
    if manifest or path.suffix.lower() == ".csv":
        return read_manifest(path)
    return find_claims(path, names)


def add_footage(
    listing: ClaimListing,
    ports: FootagePorts,
    actor: Actor,
    *,
    strict: bool = False,
    hash_files: bool = False,
    on_file: Progress = unseen,
) -> FootageAdded:
    """Probe and add the recordings that a manifest or their names claim; adding them again changes nothing.

    `hash_files` computes sha256 of each new file; a sha256 in the claim is always checked. With `strict` nothing
    is added unless everything can be, else BadInputError. Raises RefusedError when the act is not permitted.
    """
    event = ports.gate.check(actor, Act.FOOTAGE_ADD)
    shelf = _Shelf(ports, hash_files=hash_files)
    added: list[Recording] = []
    waiting: list[Recording] = []
    problems = list(listing.problems)
    for done, claim in enumerate(listing.claims, start=1):
        try:
            new = shelf.take(claim)
            waiting += [] if new is None else [new]
        except CasetrailError as error:
            problems.append(problem_of(error, where=claim.where))
        if len(waiting) >= BATCH and not strict:
            added += _write(ports.catalogue, waiting, event)
            waiting = []
        on_file(done, len(listing.claims))
    if strict and problems:
        raise _nothing(tuple(problems))
    added += _write(ports.catalogue, waiting, event)
    return FootageAdded(tuple(added), shelf.known, tuple(problems), listing.notes)


class _Shelf:
    """What the catalogue holds and this run has taken, so that no file or moment is taken twice."""

    def __init__(self, ports: FootagePorts, *, hash_files: bool) -> None:
        self._decoder, self._hash_files = ports.decoder, hash_files
        self._cameras = {camera.camera_id for camera in ports.catalogue.read_cameras()}
        self._by_path = {one.path: one for one in ports.catalogue.read_recordings()}
        self._by_id = {one.recording_id: one for one in self._by_path.values()}
        self.known = 0

    def take(self, claim: RecordingClaim) -> Recording | None:
        """The recording to add, or None when it is known. Raises a CasetrailError that says why it cannot be taken."""
        if claim.camera_id not in self._cameras:
            todo = "import it with `casetrail cameras import`"
            raise BadInputError(f"camera {claim.camera_id} is not in the catalogue", todo=todo)
        size_bytes = measure_size(check_there(str(claim.path)))
        if self._is_known(claim, size_bytes):
            self.known += 1
            return None
        recording = _recording(claim, self._decoder, size_bytes, hash_files=self._hash_files)
        other = self._by_id.get(recording.recording_id)
        if other is not None and Path(other.path).exists():
            raise BadInputError(f"the same recording is there already as {other.path}", todo="leave one of them out")
        self._by_id[recording.recording_id] = self._by_path[recording.path] = recording
        return recording

    def _is_known(self, claim: RecordingClaim, size_bytes: int) -> bool:
        same = self._by_path.get(str(claim.path))
        if same is None:
            return False
        if same.size_bytes != size_bytes:
            raise BadInputError("the file changed since it was added", todo="give the new file a name of its own")
        if (same.camera_id, same.start_us) != (claim.camera_id, claim.start_us):
            what = f"the file is there already, as camera {same.camera_id} with another start or camera"
            raise BadInputError(what, todo="correct the clock offset of the camera instead")
        if claim.sha256:
            _check_hash(claim, hash_recording(claim.path))
        return True


def _recording(claim: RecordingClaim, decoder: Decoder, size_bytes: int, *, hash_files: bool) -> Recording:
    sha256 = hash_recording(claim.path) if hash_files or claim.sha256 else ""
    _check_hash(claim, sha256)
    media = _with_duration_doubt(decoder.probe(str(claim.path)), claim)
    if measure_size(claim.path) != size_bytes:
        raise BadInputError("the file is still being written", todo="add it again when it is finished")
    return Recording(claim.camera_id, str(claim.path), claim.start_us, media, size_bytes, sha256)


def _check_hash(claim: RecordingClaim, sha256: str) -> None:
    if claim.sha256 and claim.sha256 != sha256:
        raise BadInputError("its sha256 is not the one in the manifest", todo="copy the file again from its source")


def _with_duration_doubt(media: MediaFacts, claim: RecordingClaim) -> MediaFacts:
    length_s = float((media.end_pts - media.first_pts) * media.time_base)
    stated_s = claim.duration_s
    if stated_s is None or abs(length_s - stated_s) <= max(_DURATION_SLACK_S, _DURATION_SHARE * stated_s):
        return media
    doubt = f"the manifest states {stated_s:.1f} s, the file holds {length_s:.1f} s"
    return replace(media, doubts=(*media.doubts, doubt))


def _write(catalogue: Catalogue, recordings: Sequence[Recording], event: AuditEvent) -> Sequence[Recording]:
    audit = counted(event, {"recordings": len(recordings)})
    catalogue.add_recordings(recordings, audit=audit)
    return recordings


def _nothing(problems: Sequence[FootageProblem]) -> CasetrailError:
    if not problems:
        return MissingError("no recording was found", todo="check the folder, or the suffixes of its files")
    first = "the problem is" if len(problems) == 1 else f"{len(problems)} problems, the first is"
    what = f"nothing was added: {first} {problems[0].what}"
    return BadInputError(what, where=problems[0].where, todo=problems[0].todo)
