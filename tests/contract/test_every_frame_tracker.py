"""The EveryFrameTracker contract, for ByteTrack and the fake."""

from collections.abc import Callable

import pytest

from casetrail.app.evaluate.presence import EveryFrameTracker
from casetrail.testing.contracts.every_frame_tracker import EveryFrameTrackerContract
from casetrail.testing.overlap_tracker import OverlapTracker


class TestByteTrack(EveryFrameTrackerContract):
    """ByteTrack of the trackers library."""

    @pytest.fixture
    def open_tracker(self) -> Callable[[float], EveryFrameTracker]:
        """Opened by frames a second."""
        pytest.importorskip("trackers")
        from casetrail.adapters.bytetrack import ByteTrack

        return ByteTrack


class TestOverlapTracker(EveryFrameTrackerContract):
    """The fake."""

    @pytest.fixture
    def open_tracker(self) -> Callable[[float], EveryFrameTracker]:
        """Opened by frames a second."""
        return OverlapTracker
