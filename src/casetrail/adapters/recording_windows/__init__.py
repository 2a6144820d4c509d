"""Windows of one recording as recordings of their own (PyAV, H.264)."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.error

from casetrail.app.samples import Window
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError

GROUP_OF_PICTURES = 10
QUALITY = {"crf": "20", "preset": "veryfast"}


class AvRecordingWindows:
    """Decodes once and encodes every window, with the source's own timing."""

    def cut_windows(self, source: Path, windows: Sequence[Window], folder: Path) -> dict[str, Path]:
        """The files by camera id; files that are there already are kept."""
        targets = {window.camera_id: folder / f"{window.camera_id}.mp4" for window in windows}
        if not all(path.is_file() for path in targets.values()):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                _cut(source, windows, folder)
            except av.error.FFmpegError as error:
                raise BadInputError(
                    "cannot be cut into windows", where=source.name, todo="check that it plays"
                ) from error
        return targets


class _WindowFile:
    def __init__(self, window: Window, folder: Path, rate: Fraction, time_base: Fraction) -> None:
        self.window = window
        self.part = folder / f"{window.camera_id}.part.mp4"
        self.path = folder / f"{window.camera_id}.mp4"
        self.file = av.open(str(self.part), "w")
        self.stream = self.file.add_stream("libx264", rate=rate, options=QUALITY)
        self.stream.width = window.right - window.left
        self.stream.height = window.bottom - window.top
        self.stream.pix_fmt = "yuv420p"
        self.stream.codec_context.gop_size = GROUP_OF_PICTURES
        self.stream.codec_context.max_b_frames = 0
        self.stream.codec_context.time_base = time_base

    def write(self, image: Image, pts: int, time_base: Fraction) -> None:
        window = self.window
        frame = av.VideoFrame.from_ndarray(
            image[window.top : window.bottom, window.left : window.right].copy(), format="bgr24"
        )
        frame.pts, frame.time_base = pts, time_base
        self.file.mux(self.stream.encode(frame))

    def close(self) -> None:
        self.file.mux(self.stream.encode(None))
        self.file.close()
        self.part.replace(self.path)


def _cut(source: Path, windows: Sequence[Window], folder: Path) -> None:
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        time_base, rate = stream.time_base, stream.average_rate
        if time_base is None or rate is None:
            raise BadInputError("carries no timing", where=source.name)
        files = [_WindowFile(window, folder, rate, time_base) for window in windows]
        for frame in container.decode(stream):
            image = frame.to_ndarray(format="bgr24")
            for file in files:
                file.write(image, frame.pts or 0, time_base)
    for file in files:
        file.close()
