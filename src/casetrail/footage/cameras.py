"""Fixed cameras: where each stands, what it looks at, and how wrong its clock is."""

import math
from dataclasses import dataclass

from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.geometry import LatLon
from casetrail.model.ground_plane import GroundPlane
from casetrail.model.ids import check_name

FIXED = "fixed_cctv"


@dataclass(frozen=True)
class ClockOffset:
    """What the camera's clock shows minus true UTC, in seconds, and its standard deviation."""

    offset_s: float = 0.0
    sigma_s: float = 1.0


@dataclass(frozen=True)
class Camera:
    """A fixed camera. `place` is None when nobody recorded it: such a camera is searched, never drawn.

    Raises RefusedError when the source is not declared `fixed_cctv` (IDCPA Enforcement Decree 32-2(3)),
    BadInputError when a number is absurd.
    """

    camera_id: str
    name: str = ""
    place: LatLon | None = None
    heading_deg: float | None = None
    hfov_deg: float | None = None
    height_m: float | None = None
    indoor: bool = False
    source_type: str = FIXED
    operator: str = ""
    purpose: str = ""
    retention_days: int = 30
    clock: ClockOffset = ClockOffset()
    ground: GroundPlane | None = None

    def __post_init__(self) -> None:
        check_name(self.camera_id, what="camera id")
        if self.source_type != FIXED:
            raise RefusedError(
                f"source type {self.source_type!r} is not {FIXED!r}: only recordings of fixed cameras may be used",
                where=f"camera {self.camera_id}",
                todo="leave this camera out",
            )
        numbers = (self.heading_deg, self.hfov_deg, self.height_m, self.clock.offset_s, self.clock.sigma_s)
        if any(number is not None and not math.isfinite(number) for number in numbers) or self.clock.sigma_s < 0:
            raise BadInputError("a number of this camera is not usable", where=f"camera {self.camera_id}")
