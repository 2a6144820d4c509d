"""Models, and what reads recordings and pictures for them."""

from casetrail.app.check_models import ModelOpeners
from casetrail.app.evidence_ports import Finders
from casetrail.app.models import ModelFiles, ResolvedModel, resolve, resolve_optional
from casetrail.app.pictures import ReadImage
from casetrail.app.settings import Settings
from casetrail.footage.decoder import Decoder
from casetrail.model.models import AccuracyClass, ModelRole
from casetrail.presence.detector import Detector
from casetrail.sightings.describers import (
    ClothingEmbedder,
    Describers,
    FaceDetector,
    FaceEmbedder,
    MaskClassifier,
    SilhouetteSegmenter,
)


def open_decoder(threads: int = 0) -> Decoder:
    """The decoder of recordings. `threads` for one file; 0 lets it choose, 1 suits a worker among several."""
    from casetrail.adapters.decoder.decoder import MediaDecoder

    return MediaDecoder(threads)


def open_image_reader() -> ReadImage:
    """How still pictures are read for measurements."""
    from casetrail.adapters.image_files.read_image import read_image

    return read_image


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


def open_finders(settings: Settings) -> Finders:
    """What finds everybody to cover. Raises MissingError without a face detector: nothing is shown half redacted."""
    faces = resolve(ModelRole.FACE_DETECTOR, open_model_files(settings))
    return Finders(open_decoder(), open_detector(settings), open_face_detector(faces))
