"""What a result says about the model that made it."""

from dataclasses import dataclass
from enum import StrEnum


class AccuracyClass(StrEnum):
    """How good a model is for its role: `default`, or `carried` by a registry package as the last resort."""

    DEFAULT = "default"
    ACCURATE = "accurate"
    FAST = "fast"
    CARRIED = "carried"


class ModelRole(StrEnum):
    """What a model is for."""

    PERSON_DETECTOR = "person_detector"
    CLOTHING = "clothing_embedding"
    SILHOUETTE = "silhouette"
    FACE_DETECTOR = "face_detector"
    MASK = "mask_state"
    FACE_EMBEDDING = "face_embedding"


@dataclass(frozen=True)
class ModelStamp:
    """Name, role, accuracy class and the first twelve hexadecimal digits of the sha256 of a model in use."""

    name: str
    role: ModelRole
    accuracy: AccuracyClass
    sha256_12: str

    def describe(self) -> str:
        """One phrase for reports; it says so when the model is only the carried one."""
        note = " (carried set, lower accuracy)" if self.accuracy is AccuracyClass.CARRIED else ""
        return f"{self.name}{note}"
