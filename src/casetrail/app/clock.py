"""The clock of this machine, the one place that asks it; use cases take the moment as an argument."""

import time


def utc_now_us() -> int:
    """Microseconds of UTC by this machine's clock."""
    return time.time_ns() // 1000
