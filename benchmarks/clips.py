"""The recordings with published truth that trackers are compared on. Paths are relative to CASETRAIL_TEST_DATA."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clip:
    """A recording, its truth, how the truth is written, and which frame of it the first frame of the recording is."""

    recording: str
    truth: str
    truth_format: str = "mot"
    frame_offset: int = 0

    def options(self, data: Path) -> list[str]:
        """The same for measurements of the command line."""
        paths = ["--recording", str(data / self.recording), "--truth", str(data / self.truth)]
        return [*paths, "--truth-format", self.truth_format, "--frame-offset", str(self.frame_offset)]


CLIPS = {
    "vtest": Clip("opencv_vtest/vtest.avi", "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt"),
    "towncentre": Clip(
        "towncentre/TownCentreXVID_5s_25fps.mp4",
        "towncentre/dataset/TownCentre-groundtruth.top.gz",
        truth_format="towncentre",
        frame_offset=-4,
    ),
    "tud": Clip("tud_campus_frames/data/TUD-Campus", "tud_campus_frames/data/TUD-Campus/gt/gt.txt"),
    "pets": Clip("tud_campus_frames/data/PETS/S3-MF1/img", "tud_campus_frames/data/PETS/S3-MF1/gt/gt.txt"),
}
