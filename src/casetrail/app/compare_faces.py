"""Comparing faces of sightings that were opened before there was a face to compare with, under live consent."""

from collections.abc import Sequence
from dataclasses import replace

from casetrail.app.case_ports import OpeningPorts
from casetrail.app.case_records import CaseFile, read_case_file, read_consent, read_sightings
from casetrail.app.face_references import find_live_consent, read_faces_here, read_reference
from casetrail.app.heeding import ConsentEndedError, make_heed
from casetrail.app.open_presences import batch_presences, store_sightings
from casetrail.governance.access import check_scope, check_working
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.cases import Case, Method
from casetrail.governance.consent import check_face_consent
from casetrail.model.errors import RefusedError
from casetrail.presence.presences import Presence
from casetrail.sightings.faces import FaceReference, compare_faces
from casetrail.sightings.opening import VIEWS_PER_PRESENCE
from casetrail.sightings.sightings import Sighting


def compare_opened_faces(
    ports: OpeningPorts,
    case_id: str,
    presences: Sequence[Presence],
    reference: Sequence[Presence],
    actor: Actor,
    *,
    views_per_presence: int = VIEWS_PER_PRESENCE,
) -> tuple[Sighting, ...]:
    """Sightings whose face could now be compared with the index case's; each is stored with its two numbers.

    Looks only at `presences` that were opened and have no face similarity yet; those whose recording cannot be read
    any more stay without. Raises RefusedError without live consent, or when the scope's method leaves faces out.
    """
    ports.case.gate.check(actor, Act.FACES_COMPARE, case_id)
    file = read_case_file(ports.case.store, ports.case.vault, case_id)
    _check_allowed(ports, file.case)
    held = read_sightings(ports.case.vault, case_id)
    wanted = [each for each in presences if each.presence_id in held and held[each.presence_id].face_similarity is None]
    for presence in wanted:
        check_scope(file.case, presence.camera_id, presence.interval)
    face = read_reference(ports, file, reference, actor, views_per_presence) if wanted else None
    if face is None:
        return ()
    counts = {"presences": len(wanted)}
    ports.case.gate.permit(actor, Act.FACES_COMPARE, case_id, counts)
    compared: list[Sighting] = []
    try:
        for _, batch in batch_presences(wanted):
            compared += _compare_batch(ports, file, batch, face, held, actor, views_per_presence)
    except ConsentEndedError:
        return ()  # what was stored before has been erased with the withdrawal
    return tuple(compared)


class CaseFaceComparer:
    """Compares faces for one case and one actor, as long as its consent is live; without, it does nothing."""

    def __init__(self, ports: OpeningPorts, case_id: str, actor: Actor) -> None:
        self._ports, self._case_id, self._actor = ports, case_id, actor

    def __call__(self, presences: Sequence[Presence], confirmed: Sequence[Presence]) -> tuple[Sighting, ...]:
        """Sightings whose face was compared with that of the confirmed ones."""
        file = read_case_file(self._ports.case.store, self._ports.case.vault, self._case_id)
        if find_live_consent(self._ports, file.case) is None:
            return ()
        return compare_opened_faces(self._ports, self._case_id, presences, confirmed, self._actor)


def _check_allowed(ports: OpeningPorts, case: Case) -> None:
    check_working(case.case_id, case.state)
    if case.scope.method is not Method.CLOTHING_AND_FACE:
        raise RefusedError("the method of this case leaves faces out", where=f"case {case.case_id}")
    check_face_consent(read_consent(ports.case.vault, case.case_id), case.case_id, ports.now_us())


def _compare_batch(
    ports: OpeningPorts,
    file: CaseFile,
    batch: Sequence[Presence],
    face: FaceReference,
    held: dict[str, Sighting],
    actor: Actor,
    views_per_presence: int,
) -> list[Sighting]:
    consent = find_live_consent(ports, file.case)
    if consent is None:
        return []
    heed = make_heed(ports, file, actor, Act.FACES_COMPARE, consent)
    compared = []
    for presence, views in read_faces_here(ports, batch, views_per_presence, heed):
        one = compare_faces(consent, face, views, ports.describers.face_embedder)
        if one is not None:
            known = held[presence.presence_id]
            compared.append(replace(known, face_similarity=one.similarity, face_log_ratio=one.log_ratio))
    if compared:
        store_sightings(ports, file, compared, actor)
    return compared
