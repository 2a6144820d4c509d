"""Fixtures every test may use. Shared models and footage are found through the environment, else the test is skipped."""

import os
from pathlib import Path

import pytest


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
