"""What measurements and the demonstration need beside the job itself."""

from importlib import import_module
from pathlib import Path

from casetrail.app.clock import utc_now_us
from casetrail.app.demo import DemoPorts
from casetrail.app.evaluate.city import DescribingCost
from casetrail.app.evaluate.city import Progress as CityProgress
from casetrail.app.evaluate.handover import HandoverPorts
from casetrail.app.evaluate.presence import PresencePorts
from casetrail.app.evaluate.redaction import RedactionPorts
from casetrail.app.evaluate.tracing import Tracer
from casetrail.app.evaluate.tracking import TrackingPorts
from casetrail.app.evaluate.world import World, WorldSpec
from casetrail.app.models import resolve_optional
from casetrail.app.samples import RecordingWindows
from casetrail.app.settings import Settings
from casetrail.bootstrap.models import (
    open_clothing_embedder,
    open_decoder,
    open_describers,
    open_detector,
    open_finders,
    open_model_files,
)
from casetrail.bootstrap.stores import open_catalogue, open_order_signer, open_presence_index
from casetrail.model.errors import MissingError, UsageError
from casetrail.model.models import ModelRole


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


def open_redaction_ports(settings: Settings) -> RedactionPorts:
    """What `evaluate redaction` needs."""
    from casetrail.adapters.pyav_clips import PyavClipWriter

    return RedactionPorts(open_finders(settings), PyavClipWriter())


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
