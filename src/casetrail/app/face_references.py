"""The face that others are compared with: the consenting index case's, from confirmed sightings, in memory only."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby

from casetrail.app.case_ports import OpeningPorts
from casetrail.app.case_records import CaseFile, read_answers, read_consent
from casetrail.app.trace_work import answers_in_force
from casetrail.footage.recordings import Recording
from casetrail.governance.access import check_scope
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import Case, Method
from casetrail.governance.consent import FaceConsent, can_compare_faces, check_face_consent
from casetrail.model.errors import BadInputError, MissingError, RefusedError
from casetrail.presence.presences import Presence
from casetrail.sightings.faces import FaceReference, build_reference
from casetrail.sightings.masks import FaceView
from casetrail.sightings.opening import Heed, read_faces, unheeded
from casetrail.trace.case_trace import Answer


def find_live_consent(ports: OpeningPorts, case: Case) -> FaceConsent | None:
    """Proof of consent as it stands now, or None when the method leaves faces out or consent is not live."""
    if case.scope.method is not Method.CLOTHING_AND_FACE:
        return None
    record, now_us = read_consent(ports.case.vault, case.case_id), ports.now_us()
    if not can_compare_faces(record, case.case_id, now_us):
        return None
    return check_face_consent(record, case.case_id, now_us)


def read_reference(
    ports: OpeningPorts, file: CaseFile, reference: Sequence[Presence], actor: Actor, views_per_presence: int
) -> FaceReference | None:
    """The index case's face, in memory; None without live consent or without a usable face.

    `reference`: presences that a reviewer confirmed; recordings of some may be gone by now. Raises RefusedError for any
    other, or one outside the scope.
    """
    consent = find_live_consent(ports, file.case) if reference else None
    embedder = ports.describers.face_embedder
    if consent is None or embedder is None:
        return None
    _check_confirmed(ports, file.case.case_id, reference)
    for presence in reference:
        check_scope(file.case, presence.camera_id, presence.interval)
    counts = {"presences": len(reference)}
    ports.case.audit_log.record(AuditEvent(actor, "faces.reference", file.case.case_id, counts, file.basis))
    found = read_faces_here(ports, reference, views_per_presence)
    return build_reference(consent, [view for _, views in found for view in views], embedder)


def read_faces_here(
    ports: OpeningPorts, presences: Sequence[Presence], views_per_presence: int, heed: Heed = unheeded
) -> Iterator[tuple[Presence, Sequence[FaceView]]]:
    """Presences with the faces seen in their best views; those whose recording cannot be read (any more) are left out.

    `heed` as in `describe_presences`.
    """
    recordings = read_recordings(ports, presences)
    for _, group in groupby(sorted(presences, key=_recording), key=_recording):
        with suppress(MissingError, BadInputError):
            yield from read_faces(list(group), recordings, ports.decoder, ports.describers, views_per_presence, heed)


def _recording(presence: Presence) -> str:
    return presence.recording_id


def read_recordings(ports: OpeningPorts, presences: Sequence[Presence]) -> dict[str, Recording]:
    """The recordings of the cameras that presences were seen on, by id."""
    cameras = {presence.camera_id for presence in presences}
    found = [recording for camera in cameras for recording in ports.catalogue.read_recordings(camera)]
    return {recording.recording_id: recording for recording in found}


def _check_confirmed(ports: OpeningPorts, case_id: str, reference: Sequence[Presence]) -> None:
    """Only the index case consented: a reference must be a sighting that a reviewer confirmed."""
    in_force = answers_in_force(read_answers(ports.case.vault, case_id))
    yes = {presence_id for presence_id, each in in_force.items() if each.answer is Answer.YES}
    if any(presence.presence_id not in yes for presence in reference):
        what = "a face may be read only from sightings that a reviewer confirmed as the index case"
        raise RefusedError(what, where=f"case {case_id}")
