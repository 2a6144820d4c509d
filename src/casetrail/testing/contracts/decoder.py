"""Contract of the Decoder port: the same drawn scene must come back the same, whatever holds it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import Recording
from casetrail.model.errors import BadInputError, MissingError
from casetrail.testing.drawn_footage import Scene, read_number


@dataclass(frozen=True)
class DecoderCase:
    """A decoder, a recording that it can read, the scene that was drawn into it, and its keyframes' numbers."""

    decoder: Decoder
    recording: Recording
    scene: Scene
    keyframes: tuple[int, ...]

    @property
    def pts(self) -> list[int]:
        """The pts of every frame, as the packets tell."""
        return [packet.pts for packet in self.decoder.read_packets(self.recording)]

    def numbers(self, pts: Sequence[int]) -> list[int]:
        """The numbers drawn into the views with these pts."""
        return [read_number(frame.image) for frame in self.decoder.read_views(self.recording, pts)]


class DecoderContract:
    """Every decoder passes these. A subclass gives the fixture `case`, a DecoderCase with at least 30 frames."""

    def test_probe_counts_frames_and_size(self, case: DecoderCase) -> None:
        """Probing finds the drawn size and number of frames."""
        media = case.decoder.probe(case.recording.path)
        assert ((media.width, media.height), media.frames) == (case.scene.wh, case.scene.frames)

    def test_probe_is_what_the_recording_says(self, case: DecoderCase) -> None:
        """Probing again gives the same facts, so that a change can be told."""
        assert case.decoder.probe(case.recording.path) == case.recording.media

    def test_timeline_is_the_drawn_one(self, case: DecoderCase) -> None:
        """Frame n stands n / rate seconds after the first, to within a tick; the recording ends after the last."""
        media = case.recording.media
        for number, pts in enumerate([*case.pts, media.end_pts]):
            assert abs((pts - media.first_pts) * media.time_base - number / case.scene.rate) <= media.time_base

    def test_packets_come_in_presentation_order(self, case: DecoderCase) -> None:
        """Packets ascend from first_pts, one per frame, none empty."""
        packets = list(case.decoder.read_packets(case.recording))
        pts = [packet.pts for packet in packets]
        assert pts == sorted(set(pts))
        assert (pts[0], len(pts)) == (case.recording.media.first_pts, case.scene.frames)
        assert all(packet.size_bytes > 0 for packet in packets)

    def test_packets_of_a_span(self, case: DecoderCase) -> None:
        """A span has exactly its packets, wherever it begins."""
        pts, whole = case.pts, list(case.decoder.read_packets(case.recording))
        for first, last in ((0, 3), (1, 9), (case.keyframes[1], case.scene.frames - 1)):
            assert list(case.decoder.read_packets(case.recording, pts[first], pts[last])) == whole[first:last]

    def test_packets_tell_keyframes(self, case: DecoderCase) -> None:
        """Exactly the drawn keyframes are marked."""
        marks = [packet.keyframe for packet in case.decoder.read_packets(case.recording)]
        assert tuple(number for number, mark in enumerate(marks) if mark) == case.keyframes

    def test_frames_are_the_drawn_ones(self, case: DecoderCase) -> None:
        """Every frame comes once, in order, with the pts of its packet."""
        frames = [(frame.pts, read_number(frame.image)) for frame in case.decoder.read_frames(case.recording)]
        assert frames == [(pts, number) for number, pts in enumerate(case.pts)]

    def test_image_is_bgr(self, case: DecoderCase) -> None:
        """Pictures are 8 bit, three channels, of the probed size."""
        image = next(iter(case.decoder.read_frames(case.recording))).image
        assert (image.shape, image.dtype.name) == ((case.scene.wh[1], case.scene.wh[0], 3), "uint8")

    def test_spans_part_the_recording(self, case: DecoderCase) -> None:
        """Neighbouring spans give every frame exactly once, wherever they are cut."""
        pts = [*case.pts, case.recording.media.end_pts]
        for cut in (1, 5, case.keyframes[1], case.keyframes[1] + 1, case.scene.frames - 1):
            halves = [(None, pts[cut]), (pts[cut], None)]
            numbers = [
                read_number(frame.image) for span in halves for frame in case.decoder.read_frames(case.recording, *span)
            ]
            assert numbers == list(range(case.scene.frames))

    def test_span_is_half_open(self, case: DecoderCase) -> None:
        """The frame at start_pts is in, the frame at end_pts is not."""
        pts = case.pts
        frames = case.decoder.read_frames(case.recording, pts[14], pts[17])
        assert [frame.pts for frame in frames] == pts[14:17]

    def test_scan_gives_the_same_frames(self, case: DecoderCase) -> None:
        """Scanning a span and asking for each picture is the same as reading it."""
        pts = case.pts
        scanned = [(one.pts, one.keyframe, one.picture()) for one in case.decoder.scan(case.recording, pts[3], pts[9])]
        frames = list(case.decoder.read_frames(case.recording, pts[3], pts[9]))
        assert [one[:2] for one in scanned] == [(frame.pts, frame.keyframe) for frame in frames]
        assert all((one[2] == frame.image).all() for one, frame in zip(scanned, frames, strict=True))

    def test_scan_without_some(self, case: DecoderCase) -> None:
        """Frames that are left out do not come, disposable or not, and the others are the same to the last pixel."""
        packets = list(case.decoder.read_packets(case.recording))
        whole = {frame.pts: frame.picture() for frame in case.decoder.scan(case.recording)}
        for left_out in (
            {packet.pts for packet in packets if packet.disposable},
            {packet.pts for packet in packets[2::3]},
        ):
            frames = {one.pts: one.picture() for one in case.decoder.scan(case.recording, leave_out=left_out)}
            assert list(frames) == [packet.pts for packet in packets if packet.pts not in left_out]
            assert all(np.array_equal(image, whole[pts]) for pts, image in frames.items())

    def test_scan_tells_what_is_kept(self, case: DecoderCase) -> None:
        """No frame takes more memory than four pictures of sixteen bits a value would."""
        width, height = case.scene.wh
        frames = case.decoder.scan(case.recording)
        assert all(0 <= frame.size_bytes <= 4 * 6 * (width + 64) * (height + 64) for frame in frames)

    def test_scan_gives_smaller_pictures(self, case: DecoderCase) -> None:
        """A picture asked for at half its size is that: it differs little from the mean of four pixels."""
        width, height = case.scene.wh
        frame = next(iter(case.decoder.scan(case.recording)))
        small, whole = frame.picture((width // 2, height // 2)), frame.picture()
        assert (small.shape, small.dtype.name) == ((height // 2, width // 2, 3), "uint8")
        whole = whole[: height // 2 * 2, : width // 2 * 2].astype(np.float32)
        mean = (whole[::2, ::2] + whole[1::2, ::2] + whole[::2, 1::2] + whole[1::2, 1::2]) / 4
        assert np.abs(small - mean).mean() < 6

    def test_keyframes_only(self, case: DecoderCase) -> None:
        """Only keyframes come, each the right picture and marked so."""
        frames = list(case.decoder.read_frames(case.recording, keyframes_only=True))
        assert tuple(read_number(frame.image) for frame in frames) == case.keyframes
        assert all(frame.keyframe for frame in frames)

    def test_keyframes_of_a_span(self, case: DecoderCase) -> None:
        """A span that holds no keyframe gives none; one that starts at a keyframe gives it."""
        pts, second = case.pts, case.keyframes[1]
        none = case.decoder.read_frames(case.recording, pts[1], pts[second], keyframes_only=True)
        one = case.decoder.read_frames(case.recording, pts[second], pts[second] + 1, keyframes_only=True)
        assert [len(list(none)), [read_number(frame.image) for frame in one]] == [0, [second]]

    def test_every_view_alone(self, case: DecoderCase) -> None:
        """Each frame can be fetched alone and is the right one."""
        assert [case.numbers([pts]) for pts in case.pts] == [[number] for number in range(case.scene.frames)]

    def test_views_in_any_order(self, case: DecoderCase) -> None:
        """Views come ascending and once, however they are asked for."""
        pts = case.pts
        asked = [29, 3, 3, 14, 0, 28, case.keyframes[1]]
        assert case.numbers([pts[number] for number in asked]) == sorted(set(asked))

    def test_no_views(self, case: DecoderCase) -> None:
        """Asking for nothing gives nothing."""
        assert case.numbers([]) == []

    def test_unknown_view(self, case: DecoderCase) -> None:
        """A pts without a frame is an error, never the nearest frame."""
        with pytest.raises(BadInputError, match="pts"):
            case.numbers([case.recording.media.end_pts + 1])

    def test_stopping_early(self, case: DecoderCase) -> None:
        """A reader that stops after one frame leaves the decoder usable."""
        next(iter(case.decoder.read_frames(case.recording)))
        assert case.numbers([case.pts[7]]) == [7]

    def test_gone(self, case: DecoderCase) -> None:
        """A recording that is not there is missing, for every way of reading."""
        gone = replace(case.recording, path=case.recording.path + ".gone")
        for read in (
            case.decoder.read_packets,
            case.decoder.read_frames,
            lambda one: case.decoder.read_views(one, [0]),
        ):
            with pytest.raises(MissingError):
                list(read(gone))
        with pytest.raises(MissingError):
            case.decoder.probe(gone.path)

    def test_changed(self, case: DecoderCase) -> None:
        """A recording whose size changed is not read."""
        changed = replace(case.recording, size_bytes=case.recording.size_bytes + 1)
        with pytest.raises(BadInputError, match="changed"):
            list(case.decoder.read_frames(changed))
