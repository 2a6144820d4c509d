"""The composition root: the only module that names adapters. Extras load when they are used."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, partial
from importlib import import_module
from pathlib import Path

from casetrail.app.add_footage import FootagePorts
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_witness import check_witnessed
from casetrail.app.case_ports import CasePorts, OpeningPorts
from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.app.check_first import check_first
from casetrail.app.check_models import ModelOpeners
from casetrail.app.clock import utc_now_us
from casetrail.app.close_case import CasePlaces
from casetrail.app.compact_index import MergingPorts
from casetrail.app.compare_faces import CaseFaceComparer
from casetrail.app.demo import DemoPorts
from casetrail.app.desk_gate import InstallationGate
from casetrail.app.engine import Engine
from casetrail.app.evaluate.city import DescribingCost
from casetrail.app.evaluate.city import Progress as CityProgress
from casetrail.app.evaluate.handover import HandoverPorts
from casetrail.app.evaluate.presence import PresencePorts
from casetrail.app.evaluate.redaction import RedactionPorts
from casetrail.app.evaluate.tracing import Tracer
from casetrail.app.evaluate.tracking import TrackingPorts
from casetrail.app.evaluate.world import World, WorldSpec
from casetrail.app.evidence_ports import EvidencePorts, Finders
from casetrail.app.find_contacts import ContactPorts
from casetrail.app.gate import CaseGate
from casetrail.app.index_presence import IndexPorts, IndexWork, WorkerPorts
from casetrail.app.make_report import ReportPorts
from casetrail.app.models import ModelFiles, ResolvedModel, resolve, resolve_optional
from casetrail.app.open_presences import CaseOpener
from casetrail.app.order_import import OrderPorts
from casetrail.app.paced_case import PacedCase
from casetrail.app.pictures import ReadImage
from casetrail.app.pipeline import Desk
from casetrail.app.qr_codes import QrCodes
from casetrail.app.request_access import RequestPorts
from casetrail.app.retention import RetentionPorts, RetentionRun, catch_up, keep_running
from casetrail.app.run_cases import CaseWork, Priority
from casetrail.app.samples import RecordingWindows
from casetrail.app.sampling_mode import SamplingMode
from casetrail.app.settings import Settings
from casetrail.app.trace_work import TracePorts
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.decoder import Decoder
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditLog
from casetrail.governance.case_store import CaseStore
from casetrail.governance.orders import AuthorityKeys
from casetrail.governance.policy import Policy
from casetrail.governance.signing import Signer, Verifier
from casetrail.governance.witness import SeenCheckpoints
from casetrail.model.errors import MissingError, UsageError
from casetrail.model.models import AccuracyClass, ModelRole
from casetrail.presence.detector import Detector
from casetrail.presence.index import PresenceIndex
from casetrail.presence.presences import Presence
from casetrail.sightings.describers import (
    ClothingEmbedder,
    Describers,
    FaceDetector,
    FaceEmbedder,
    MaskClassifier,
    SilhouetteSegmenter,
)
from casetrail.sightings.sightings import Sighting
from casetrail.sightings.vault import CaseVault


def open_decoder(threads: int = 0) -> Decoder:
    """The decoder of recordings. `threads` for one file; 0 lets it choose, 1 suits a worker among several."""
    from casetrail.adapters.decoder.decoder import MediaDecoder

    return MediaDecoder(threads)


def open_catalogue(settings: Settings) -> Catalogue:
    """The catalogue of cameras and recordings."""
    from casetrail.adapters.catalogue.catalogue import SqlCatalogue

    return SqlCatalogue(settings.store_dir / "catalogue.db", open_audit_log(settings))


def open_footage_ports(settings: Settings) -> FootagePorts:
    """What adding and checking footage needs."""
    return FootagePorts(open_catalogue(settings), open_desk_gate(settings), open_decoder())


def open_catalogue_ports(settings: Settings) -> CataloguePorts:
    """What importing cameras and streets, and calibrating, needs."""
    return CataloguePorts(open_catalogue(settings), open_desk_gate(settings))


def open_audit_log(settings: Settings) -> AuditLog:
    """The audit log of an installation."""
    from casetrail.adapters.audit_files import AuditFiles
    from casetrail.adapters.cedar_policy import hash_policy

    return AuditFiles(settings.store_dir / "audit", utc_now_us, hash_policy(settings.data / "policy.cedar"))


def open_signer(settings: Settings) -> Signer:
    """The installation's signing key, in the key folder; the first use makes it."""
    from casetrail.adapters.signing_keys import SigningKeyFile

    return SigningKeyFile(settings.key_dir / "signing")


def open_verifier() -> Verifier:
    """What checks signatures."""
    from casetrail.adapters.signing_keys import Ed25519Verifier

    return Ed25519Verifier()


def open_audit_ports(settings: Settings) -> AuditPorts:
    """What publishing, countersigning and proving need of the audit log."""
    from casetrail.adapters.signing_keys import WitnessKeyFile

    log = open_audit_log(settings)
    witnesses = WitnessKeyFile(settings.key_dir / "witnesses", log)
    return AuditPorts(log, open_signer(settings), open_verifier(), witnesses, open_desk_gate(settings))


def open_qr_codes() -> QrCodes:
    """What draws QR codes."""
    from casetrail.adapters.qr_codes import SegnoQrCodes

    return SegnoQrCodes()


def open_witness_desk(folder: Path) -> tuple[Signer, SeenCheckpoints]:
    """What a witness works with, in a folder of its own: its key, and what it saw of each log."""
    from casetrail.adapters.signing_keys import SeenCheckpointFiles, SigningKeyFile

    return SigningKeyFile(folder / "signing"), SeenCheckpointFiles(folder / "seen")


def open_case_store(settings: Settings) -> CaseStore:
    """The register of cases."""
    from casetrail.adapters.case_store import SqlCaseStore

    return SqlCaseStore(settings.database or settings.store_dir / "casetrail.db", open_audit_log(settings))


def open_vault(settings: Settings) -> CaseVault:
    """The case vault; its key-encryption key lies in the key folder, away from it."""
    from casetrail.adapters.vault_files import KeyFile, VaultFiles

    key = KeyFile(settings.key_dir / "kek", settings.passphrase_file)
    return VaultFiles(settings.store_dir / "vault", key, open_audit_log(settings))


def open_case_ports(settings: Settings) -> CasePorts:
    """What every act on a case needs."""
    store, vault, log = open_case_store(settings), open_vault(settings), open_audit_log(settings)
    gate = CaseGate(
        store, vault, log, open_authority_keys(settings), open_policy(settings), utc_now_us, _witness_check(settings)
    )
    return CasePorts(store, vault, log, gate)


def open_desk_gate(settings: Settings) -> InstallationGate:
    """What is asked before acts that concern no case."""
    return InstallationGate(open_audit_log(settings), open_policy(settings), utc_now_us)


def open_authority_keys(settings: Settings) -> AuthorityKeys:
    """Public keys of the authorities whose orders count."""
    from casetrail.adapters.authority_keys import AuthorityKeyFiles

    return AuthorityKeyFiles(settings.key_dir / "authorities", open_verifier(), open_audit_log(settings))


def open_policy(settings: Settings) -> Policy:
    """The policy text in force: the installation's own `policy.cedar`, else the shipped one."""
    from casetrail.adapters.cedar_policy import read_policy

    return read_policy(settings.data / "policy.cedar")


def open_order_ports(settings: Settings) -> OrderPorts:
    """What trusting authorities and importing their orders needs."""
    return OrderPorts(open_case_ports(settings), open_authority_keys(settings))


def open_order_signer(folder: Path) -> Signer:
    """The key of an authority, in a folder on its own machine; the first use makes one."""
    from casetrail.adapters.signing_keys import SigningKeyFile

    return SigningKeyFile(folder / "authority")


def open_request_ports(settings: Settings) -> RequestPorts:
    """What asking for a look into footage needs."""
    return RequestPorts(open_case_ports(settings), open_catalogue(settings), open_presence_index(settings))


def _witness_check(settings: Settings) -> Callable[[], None]:
    return lambda: check_witnessed(open_audit_ports(settings), utc_now_us(), settings.witness_days)


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


def open_presence_index(settings: Settings) -> PresenceIndex:
    """The presence index; its day keys lie in the key folder, away from it."""
    from casetrail.adapters.day_keys import DayKeyFiles
    from casetrail.adapters.presence_index.index import ParquetPresenceIndex

    day_keys = DayKeyFiles(settings.key_dir / "days")
    return ParquetPresenceIndex(settings.store_dir / "presence", day_keys, open_audit_log(settings))


def open_merging_ports(settings: Settings) -> MergingPorts:
    """The same index, to put its small files together."""
    from casetrail.adapters.day_keys import DayKeyFiles
    from casetrail.adapters.presence_index.index import ParquetPresenceIndex

    day_keys = DayKeyFiles(settings.key_dir / "days")
    index = ParquetPresenceIndex(settings.store_dir / "presence", day_keys, open_audit_log(settings))
    return MergingPorts(index, open_desk_gate(settings))


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


def open_tracking_ports(settings: Settings) -> TrackingPorts:
    """What `evaluate tracking` needs. Raises MissingError when the extra is not installed."""
    try:
        from casetrail.adapters.trackeval import TrackEvalMeter
    except ImportError as error:
        todo = 'install it with pip install "casetrail[evaluate]"'
        raise MissingError("measuring tracking needs trackeval, which is not installed", todo=todo) from error
    return TrackingPorts(open_decoder(), open_detector(settings), TrackEvalMeter())


def open_handover_ports(settings: Settings) -> HandoverPorts:
    """What `evaluate handover` needs. Raises MissingError when the extra or a model is not there."""
    return HandoverPorts(open_tracking_ports(settings), open_describers(settings))


def open_presence_ports(settings: Settings) -> PresencePorts:
    """What `evaluate presence` needs. Raises MissingError when the extra is not installed."""
    try:
        from casetrail.adapters.bytetrack import ByteTrack
    except ImportError as error:
        todo = 'install it with pip install "casetrail[evaluate]"'
        raise MissingError("measuring presence needs trackers, which is not installed", todo=todo) from error
    return PresencePorts(open_decoder(), open_detector(settings), open_detector(settings, exact=True), ByteTrack)


def open_model_files(settings: Settings) -> ModelFiles:
    """Where model files are found on this machine, and pulled into."""
    from casetrail.adapters.model_files.model_files import LocalModelFiles

    return LocalModelFiles(settings.models, settings.cache)


def open_detector(settings: Settings, threads: int = 0, *, exact: bool = False) -> Detector:
    """The person detector. `threads` of the processor; 0 lets it choose, 1 suits a worker among several.

    `exact`: in 32-bit floats even where 8-bit integers would do (docs/adr/0009).
    """
    model = resolve(ModelRole.PERSON_DETECTOR, open_model_files(settings))
    return open_person_detector(model, threads, exact=exact)


def open_describers(
    settings: Settings, accuracy: AccuracyClass = AccuracyClass.DEFAULT, threads: int = 0
) -> Describers:
    """Everything a case is described with; `accuracy` chooses the clothing embedder. What is not here is None.

    No silhouette: every way of using it made people harder to tell apart (docs/adr/0011), and it costs time.
    """
    files = open_model_files(settings)
    faces = resolve_optional(ModelRole.FACE_DETECTOR, files)
    masks = resolve_optional(ModelRole.MASK, files)
    embedding = resolve_optional(ModelRole.FACE_EMBEDDING, files)
    return Describers(
        clothing=open_clothing_embedder(resolve(ModelRole.CLOTHING, files, accuracy), threads),
        silhouette=None,
        faces=None if faces is None else open_face_detector(faces, threads),
        masks=None if masks is None else open_mask_classifier(masks, threads),
        face_embedder=None if embedding is None else open_face_embedder(embedding, threads),
    )


def open_clothing_models(
    settings: Settings, accuracy: AccuracyClass, *, with_silhouette: bool
) -> tuple[ClothingEmbedder, SilhouetteSegmenter | None]:
    """What `evaluate reid` needs. Raises MissingError when a silhouette is asked for and no model is here."""
    files = open_model_files(settings)
    embedder = open_clothing_embedder(resolve(ModelRole.CLOTHING, files, accuracy), use_silhouettes=with_silhouette)
    return embedder, open_silhouette_segmenter(resolve(ModelRole.SILHOUETTE, files)) if with_silhouette else None


def open_person_detector(model: ResolvedModel, threads: int = 0, *, exact: bool = False) -> Detector:
    """A person detector of the catalogue; `exact` in 32-bit floats whatever the processor."""
    from casetrail.adapters.openvino_models import person_detector

    if model.entry.reader == "tensorflow-ssd":
        return person_detector.CarriedPersonDetector(model.stamp, model.paths[0], threads)
    return person_detector.RetailPersonDetector(model.stamp, model.paths[0], threads, exact=exact)


def open_clothing_embedder(
    model: ResolvedModel, threads: int = 0, *, use_silhouettes: bool = False
) -> ClothingEmbedder:
    """A clothing embedder of the catalogue. `use_silhouettes`: learnt ones heed silhouettes too, for measuring."""
    from casetrail.adapters.carried_clothing.clothing import CarriedClothingEmbedder
    from casetrail.adapters.openvino_models.clothing import RetailClothingEmbedder

    if model.entry.reader == "clothing-network":
        return CarriedClothingEmbedder(model.stamp, model.calibration, threads)
    return RetailClothingEmbedder(
        model.stamp, model.paths[0], model.calibration, threads, use_silhouettes=use_silhouettes
    )


def open_silhouette_segmenter(model: ResolvedModel, threads: int = 0) -> SilhouetteSegmenter:
    """A silhouette segmenter of the catalogue."""
    from casetrail.adapters.openvino_models.silhouette import SelfieSilhouetteSegmenter

    return SelfieSilhouetteSegmenter(model.stamp, model.paths[0], threads)


def open_face_detector(model: ResolvedModel, threads: int = 0) -> FaceDetector:
    """A face detector of the catalogue."""
    from casetrail.adapters.openvino_models import face_detectors

    if model.entry.reader == "centerface":
        return face_detectors.CenterFaceDetector(model.stamp, model.paths[0], threads)
    return face_detectors.YunetFaceDetector(model.stamp, model.paths[0], threads)


def open_mask_classifier(model: ResolvedModel, threads: int = 0) -> MaskClassifier:
    """A mask classifier of the catalogue."""
    from casetrail.adapters.openvino_models.masks import AizooMaskClassifier

    return AizooMaskClassifier(model.stamp, model.paths[0], threads)


def open_face_embedder(model: ResolvedModel, threads: int = 0) -> FaceEmbedder:
    """A face embedder of the catalogue; every use of it asks for consent."""
    from casetrail.adapters.openvino_models.face_embedder import RetailFaceEmbedder

    return RetailFaceEmbedder(model.stamp, model.paths[0], threads)


def model_openers() -> ModelOpeners:
    """How a model of each role is opened, for checking the catalogue."""
    return ModelOpeners(
        open_person_detector,
        open_clothing_embedder,
        open_silhouette_segmenter,
        open_face_detector,
        open_mask_classifier,
        open_face_embedder,
    )


def open_image_reader() -> ReadImage:
    """How still pictures are read for measurements."""
    from casetrail.adapters.image_files.read_image import read_image

    return read_image


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


def open_finders(settings: Settings) -> Finders:
    """What finds everybody to cover. Raises MissingError without a face detector: nothing is shown half redacted."""
    faces = resolve(ModelRole.FACE_DETECTOR, open_model_files(settings))
    return Finders(open_decoder(), open_detector(settings), open_face_detector(faces))


def open_redaction_ports(settings: Settings) -> RedactionPorts:
    """What `evaluate redaction` needs."""
    from casetrail.adapters.pyav_clips import PyavClipWriter

    return RedactionPorts(open_finders(settings), PyavClipWriter())


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


def store_probes(settings: Settings) -> dict[str, Callable[[], object]]:
    """How the doctor asks the stores of an installation that exists whether they answer; none is made by asking."""
    if not settings.store_dir.is_dir():
        return {}
    return {
        "catalogue": lambda: open_catalogue(settings).read_cameras(),
        "cases": lambda: open_case_store(settings).read_cases(),
        "audit log": lambda: open_audit_log(settings).read_head(),
    }


def open_recording_windows() -> RecordingWindows:
    """What cuts one recording into several virtual cameras."""
    from casetrail.adapters.recording_windows import AvRecordingWindows

    return AvRecordingWindows()


def open_demo_ports(settings: Settings) -> DemoPorts:
    """What the demonstration needs beside the job itself. Its recordings lie in the cache, like a city's elsewhere."""
    from casetrail.adapters.sample_files import FoundSampleFiles

    samples = FoundSampleFiles(settings.samples, settings.cache)
    folder = settings.cache / "samples" / "square"
    authority = open_order_signer(settings.cache / "samples" / "authority")
    return DemoPorts(samples, open_recording_windows(), open_presence_index(settings), folder, authority, utc_now_us)


def open_case_places(settings: Settings) -> CasePlaces:
    """Where outputs and receipts of cases lie."""
    return CasePlaces(settings.output_dir, settings.store_dir / "receipts", open_audit_ports(settings))


def catch_up_retention(settings: Settings) -> RetentionRun | None:
    """Let go what is due, unless that was done within five minutes or there is nothing here yet."""
    return catch_up(lambda: open_retention_ports(settings), settings.store_dir, utc_now_us())


def keep_retention(settings: Settings) -> AbstractContextManager[None]:
    """Let go what is due every five minutes while long work lasts."""
    return keep_running(lambda: catch_up_retention(settings))


def open_retention_ports(settings: Settings) -> RetentionPorts:
    """What retention reaches."""
    from casetrail.adapters.day_keys import DayKeyFiles

    return RetentionPorts(
        open_case_ports(settings),
        open_case_places(settings),
        open_presence_index(settings),
        DayKeyFiles(settings.key_dir / "days"),
        settings.store_dir,
        settings.presence_days,
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


def open_world(spec: WorldSpec, settings: Settings, tell: CityProgress | None = None) -> World:
    """A city to trace people in: the simulated one, or the `module:name` that a specification names.

    Raises UsageError when there is no such factory.
    """
    from casetrail.testing.city.world import open_world as open_simulated_world

    if not spec.factory:
        return open_simulated_world(spec, settings.cache / "cities", tell)
    module, _, name = spec.factory.partition(":")
    try:
        factory = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"no factory of worlds: {spec.factory}", where="--world", todo="give module:name") from error
    world: World = factory(cameras=spec.cameras, days=spec.days, seed=spec.seed, options=spec.options)
    return world


def open_city_tracer() -> Tracer:
    """The engine that is shipped, over a world's ports."""
    from casetrail.app.evaluate.engine_tracer import trace_with
    from casetrail.testing.city.office import open_session

    return trace_with(open_session)


def measure_describing(settings: Settings) -> DescribingCost:
    """What describing a view costs here with the default clothing model, or as published without it."""
    from casetrail.app.evaluate.describing import measure_cost

    model = resolve_optional(ModelRole.CLOTHING, open_model_files(settings))
    return measure_cost(None if model is None else open_clothing_embedder(model))


def write_city(spec: WorldSpec, folder: Path, tell: CityProgress | None = None) -> dict[str, int]:
    """A simulated city as an installation in a folder, with its truth beside it; returns how much was written."""
    from casetrail.testing.city.installation import write_installation

    settings = Settings(data=folder)
    return write_installation(spec, folder, open_catalogue(settings), open_presence_index(settings), tell)
