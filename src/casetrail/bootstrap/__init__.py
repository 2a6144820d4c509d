"""The composition root: the only package that names adapters. Extras load when they are used."""

import os
from collections.abc import Mapping, Sequence
from functools import cache, partial

from casetrail.app.add_footage import FootagePorts
from casetrail.app.case_ports import OpeningPorts
from casetrail.app.check_first import check_first
from casetrail.app.clock import utc_now_us
from casetrail.app.compare_faces import CaseFaceComparer
from casetrail.app.engine import Engine
from casetrail.app.evidence_ports import EvidencePorts
from casetrail.app.find_contacts import ContactPorts
from casetrail.app.index_presence import IndexPorts, IndexWork, WorkerPorts
from casetrail.app.make_report import ReportPorts
from casetrail.app.open_presences import CaseOpener
from casetrail.app.paced_case import PacedCase
from casetrail.app.pipeline import Desk
from casetrail.app.run_cases import CaseWork, Priority
from casetrail.app.sampling_mode import SamplingMode
from casetrail.app.settings import Settings
from casetrail.app.trace_work import TracePorts
from casetrail.bootstrap.measurements import (
    measure_describing,
    open_city_tracer,
    open_demo_ports,
    open_handover_ports,
    open_presence_ports,
    open_recording_windows,
    open_redaction_ports,
    open_tracking_ports,
    open_world,
    write_city,
)
from casetrail.bootstrap.models import (
    model_openers,
    open_clothing_embedder,
    open_clothing_models,
    open_decoder,
    open_describers,
    open_detector,
    open_face_detector,
    open_face_embedder,
    open_finders,
    open_image_reader,
    open_mask_classifier,
    open_model_files,
    open_person_detector,
    open_silhouette_segmenter,
)
from casetrail.bootstrap.stores import (
    catch_up_retention,
    keep_retention,
    open_audit_log,
    open_audit_ports,
    open_authority_keys,
    open_case_places,
    open_case_ports,
    open_case_store,
    open_catalogue,
    open_catalogue_ports,
    open_desk_gate,
    open_merging_ports,
    open_order_ports,
    open_order_signer,
    open_policy,
    open_presence_index,
    open_qr_codes,
    open_request_ports,
    open_retention_ports,
    open_signer,
    open_vault,
    open_verifier,
    open_witness_desk,
    store_probes,
)
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import UsageError
from casetrail.presence.presences import Presence
from casetrail.sightings.describers import (
    Describers,
)
from casetrail.sightings.sightings import Sighting

__all__ = [
    "catch_up_retention",
    "keep_retention",
    "measure_describing",
    "model_openers",
    "open_audit_log",
    "open_audit_ports",
    "open_authority_keys",
    "open_case_places",
    "open_case_ports",
    "open_case_store",
    "open_case_works",
    "open_catalogue",
    "open_catalogue_ports",
    "open_city_tracer",
    "open_clothing_embedder",
    "open_clothing_models",
    "open_contact_ports",
    "open_decoder",
    "open_demo_ports",
    "open_describers",
    "open_desk",
    "open_desk_gate",
    "open_detector",
    "open_engine",
    "open_evidence_ports",
    "open_face_detector",
    "open_face_embedder",
    "open_finders",
    "open_footage_ports",
    "open_handover_ports",
    "open_image_reader",
    "open_index_ports",
    "open_mask_classifier",
    "open_merging_ports",
    "open_model_files",
    "open_order_ports",
    "open_order_signer",
    "open_person_detector",
    "open_policy",
    "open_presence_index",
    "open_presence_ports",
    "open_qr_codes",
    "open_recording_windows",
    "open_redaction_ports",
    "open_report_ports",
    "open_request_ports",
    "open_retention_ports",
    "open_signer",
    "open_silhouette_segmenter",
    "open_trace_ports",
    "open_tracking_ports",
    "open_vault",
    "open_verifier",
    "open_witness_desk",
    "open_worker_ports",
    "open_world",
    "store_probes",
    "write_city",
]


def open_footage_ports(settings: Settings) -> FootagePorts:
    """What adding and checking footage needs."""
    return FootagePorts(open_catalogue(settings), open_desk_gate(settings), open_decoder())


def open_contact_ports(settings: Settings, case_id: str, actor: Actor) -> ContactPorts:
    """What finding contacts needs; describing models are opened when somebody's mask state is asked for."""

    def open_for_case(presences: Sequence[Presence]) -> Sequence[Sighting]:
        opening = OpeningPorts(case, catalogue, open_decoder(), open_describers(settings), utc_now_us)
        return CaseOpener(opening, case_id, actor)(presences)

    case, catalogue = open_case_ports(settings), open_catalogue(settings)
    return ContactPorts(case, open_presence_index(settings), catalogue, open_for_case)


def open_engine(workers: int) -> Engine:
    """The engine on this machine, with so many worker processes."""
    from casetrail.adapters.local_engine import LocalEngine

    return LocalEngine(workers)


def open_index_ports(
    settings: Settings, engine: str = "local", sampling: SamplingMode = SamplingMode.ADAPTIVE
) -> IndexPorts:
    """What `index` needs to plan; the workers open what they need themselves. `engine`: `local`."""
    if engine != "local":
        raise UsageError(f"there is no engine {engine!r}", todo="use --engine local")
    return IndexPorts(
        catalogue=open_catalogue(settings),
        index=open_presence_index(settings),
        engine=open_engine(settings.workers),
        stamp=open_detector(settings).stamp,
        work=IndexWork(open_worker_ports, settings, sampling.method),
        gate=open_desk_gate(settings),
    )


def open_worker_ports(settings: Settings) -> WorkerPorts:
    """What one of `settings.workers` processes needs; together they use the cores of this machine once."""
    threads = max(1, (os.cpu_count() or 1) // settings.workers)
    return WorkerPorts(open_decoder(threads), open_detector(settings, threads), open_presence_index(settings))


def open_trace_ports(
    settings: Settings, case_id: str, actor: Actor, describers: Describers | None = None
) -> TracePorts:
    """What running and reviewing the trace of one case needs; presences are opened in the actor's name.

    `describers`: models that other cases use too, one case at a time.
    """
    case, catalogue, describers = (
        open_case_ports(settings),
        open_catalogue(settings),
        describers or open_describers(settings),
    )
    opening = OpeningPorts(case, catalogue, open_decoder(), describers, utc_now_us)
    stamps = [
        part.stamp
        for part in (describers.clothing, describers.silhouette, describers.faces, describers.masks)
        if part is not None
    ]
    return TracePorts(
        case,
        open_presence_index(settings),
        catalogue,
        CaseOpener(opening, case_id, actor),
        describers.clothing.calibration,
        tuple(stamp.describe() for stamp in stamps),
        utc_now_us,
        CaseFaceComparer(opening, case_id, actor),
    )


def open_case_works(settings: Settings, priorities: Mapping[str, Priority], actor: Actor) -> list[CaseWork]:
    """Several cases to be traced at once; each opens its own stores when its turn comes.

    They share one set of models, which the first that may be traced loads.
    """
    describers = cache(partial(open_describers, settings))

    def open_ports(case_id: str) -> TracePorts:
        check_first(open_case_ports(settings), case_id, Act.TRACE_RUN, actor)
        return open_trace_ports(settings, case_id, actor, describers())

    return [
        PacedCase(case_id, priority, partial(open_ports, case_id), actor) for case_id, priority in priorities.items()
    ]


def open_evidence_ports(settings: Settings) -> EvidencePorts:
    """What clips, stills and previews need."""
    from casetrail.adapters.picture_writer import CvPictureWriter
    from casetrail.adapters.pyav_clips import PyavClipWriter

    return EvidencePorts(
        open_case_ports(settings),
        open_presence_index(settings),
        open_catalogue(settings),
        open_finders(settings),
        CvPictureWriter(),
        PyavClipWriter(),
        utc_now_us,
    )


def open_report_ports(settings: Settings) -> ReportPorts:
    """What making a report needs."""
    from casetrail.adapters.html_report import HtmlReportRenderer

    return ReportPorts(
        open_case_ports(settings),
        open_catalogue(settings),
        open_presence_index(settings),
        HtmlReportRenderer(),
        settings.output_dir,
        utc_now_us,
    )


def open_desk(settings: Settings, actor: Actor) -> Desk:
    """Everything the whole job works with."""
    return Desk(
        footage=open_footage_ports(settings),
        index=open_index_ports(settings),
        presences=open_presence_index(settings),
        cases=open_case_ports(settings),
        orders=open_order_ports(settings),
        requests=open_request_ports(settings),
        places=open_case_places(settings),
        open_trace=lambda case_id: open_trace_ports(settings, case_id, actor),
        open_contacts=lambda case_id: open_contact_ports(settings, case_id, actor),
        evidence=open_evidence_ports(settings),
        report=open_report_ports(settings),
        now_us=utc_now_us,
    )
