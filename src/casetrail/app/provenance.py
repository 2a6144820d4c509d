"""Where a measurement comes from: versions, models by hash, parameters and machine."""

import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata

from casetrail.model.models import ModelStamp

PACKAGES = ("casetrail", "numpy", "openvino", "opencv-python-headless")


def build_provenance(stamps: Sequence[ModelStamp], parameters: Mapping[str, object]) -> dict[str, object]:
    """What a measurement writes beside its numbers. `parameters`: whatever else decides them; no personal data."""
    return {
        "versions": {"python": platform.python_version()} | {name: version_of(name) for name in PACKAGES},
        "models": [
            {"role": stamp.role.value, "name": stamp.name, "accuracy": stamp.accuracy.value, "sha256": stamp.sha256_12}
            for stamp in stamps
        ],
        "parameters": dict(parameters),
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
    }


def version_of(package: str) -> str:
    """The installed version of a package, or `absent`."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"
