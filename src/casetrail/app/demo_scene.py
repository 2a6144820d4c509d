"""The facts of the demonstration: three cameras on one square, one statement, and where the patient really was.

The footage is PETS 2009 S2.L1 view 1 (University of Reading), as shipped by OpenCV. Its camera calibration and
the positions of the patient are figures published with that data set; recording times are ours.
"""

import numpy as np

from casetrail.app.samples import Window
from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.governance.cases import LegalBasis
from casetrail.model.arrays import Doubles
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval, parse_utc
from casetrail.presence.presences import Presence
from casetrail.trace.anchors import RELIABILITY, Anchor, AnchorKind
from casetrail.trace.case_trace import Answer

START_US = parse_utc("2026-03-02T11:59:10+00:00")
END_US = START_US + 80 * SECOND_US
ORIGIN = LatLon(51.4381, -0.9453)  # metres of the calibration are counted east and north from here

TSAI_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Camera name="square">
  <Geometry width="768" height="576" ncx="795" nfx="752" dx="0.00485" dy="0.00465"
            dpx="0.0051273271277" dpy="0.00465"/>
  <Intrinsic focal="5.5549183034" kappa1="0.0051113043639" cx="324.22149053" cy="282.56650051" sx="1.0937855397"/>
  <Extrinsic tx="828.73214225" ty="-3175.4796051" tz="35469.298547"
             rx="2.0405458695" ry="-0.89337703748" rz="-0.43056124791"/>
</Camera>
"""

WINDOWS = (
    Window("SQUARE-LEFT", 0, 0, 216, 576),
    Window("SQUARE-MIDDLE", 276, 0, 492, 576),
    Window("SQUARE-RIGHT", 552, 0, 768, 576),
)
MAST_EAST_M, MAST_NORTH_M, MAST_HEIGHT_M = -28.94, -19.53, 7.07
HEADINGS_DEG = {"SQUARE-LEFT": 43.7, "SQUARE-MIDDLE": 57.4, "SQUARE-RIGHT": 70.9}
NAMES = {"SQUARE-LEFT": "Square, left", "SQUARE-MIDDLE": "Square, middle", "SQUARE-RIGHT": "Square, right"}
HFOV_DEG = 10.6

# Second of the recording, and the patient's feet in the whole picture (pixels), once a second.
PATIENT_FEET = (
    (46.6, 722, 435), (47, 697, 420), (48, 636, 389), (49, 593, 363), (50, 577, 342), (51, 554, 325),
    (52, 513, 305), (53, 482, 285), (54, 452, 267), (55, 423, 251), (56, 393, 236), (57, 353, 227),
    (58, 303, 222), (59, 252, 218), (60, 202, 214), (61, 163, 210), (62, 141, 210), (63, 128, 210),
    (64, 130, 213), (65, 151, 217), (66, 188, 222), (67, 231, 229), (68, 280, 237), (69, 337, 244),
    (70, 382, 257), (71, 428, 270), (72, 481, 286), (73, 538, 302), (74, 598, 313), (75, 653, 312),
    (76, 667, 299), (77, 638, 292), (78, 625, 298), (79, 647, 323), (79.4, 656, 330),
)  # fmt: skip
SURE_PX, NEAR_PX = 25.0, 45.0

DISEASE = "influenza A (made-up case)"
LEGAL_BASIS = LegalBasis(
    authority="Demonstration Health Authority",
    document="DEMO-2026-001",
    document_date="2026-03-02",
    articles="IDCPA 18, 76-2(1)",
)
INFECTIOUS_PERIOD = UtcInterval(START_US, END_US)
STATEMENT = Anchor(
    kind=AnchorKind.TESTIMONY,
    interval=UtcInterval(parse_utc("2026-03-02T12:00:12+00:00"), parse_utc("2026-03-02T12:00:28+00:00")),
    place=ORIGIN.moved(-7.5, -5.0),
    radius_m=12.0,
    reliability=RELIABILITY[AnchorKind.TESTIMONY],
    reference="S-1",
    statement="I crossed the square at 12:00:20, dark coat, from the left.",
)


def build_cameras() -> tuple[Camera, ...]:
    """The three cameras, on one mast; ground planes are imported afterwards, like anybody's."""
    mast = ORIGIN.moved(MAST_EAST_M, MAST_NORTH_M)
    return tuple(
        Camera(
            camera_id=window.camera_id,
            name=NAMES[window.camera_id],
            place=mast,
            heading_deg=HEADINGS_DEG[window.camera_id],
            hfov_deg=HFOV_DEG,
            height_m=MAST_HEIGHT_M,
            operator="demonstration",
            purpose="traffic",
            clock=ClockOffset(0.0, 0.2),
        )
        for window in WINDOWS
    )


def scripted_answer(presence: Presence) -> Answer:
    """What the scripted reviewer says: yes when the presence stood where the patient did, no when elsewhere."""
    left = next(window.left for window in WINDOWS if window.camera_id == presence.camera_id)
    seconds = (presence.utc_us - START_US) / SECOND_US
    inside = (seconds >= PATIENT_FEET[0][0]) & (seconds <= PATIENT_FEET[-1][0])
    if not inside.any():
        return Answer.NO
    feet = presence.foot_px[inside] + np.array([left, 0])
    away_px = float(np.median(np.linalg.norm(feet - _patient_at(seconds[inside]), axis=1)))
    return Answer.YES if away_px <= SURE_PX else Answer.UNSURE if away_px <= NEAR_PX else Answer.NO


def _patient_at(seconds: Doubles) -> Doubles:
    known = np.array(PATIENT_FEET)
    return np.stack([np.interp(seconds, known[:, 0], known[:, axis]) for axis in (1, 2)], axis=1)
