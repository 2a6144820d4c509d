"""The file that was read last stays open for whoever reads it next: opening one costs as much as decoding some frames.

A segment is read several times in a row: its packets, a few keyframes, then the stretches in which somebody is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casetrail.adapters.decoder.containers import OpenFile
from casetrail.footage.files import check_there, measure_size, written_us

_Key = tuple[str, int, int]


class KeptFile:
    """Opens files, and keeps at most one that nobody is reading. `threads`: see OpenFile."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._kept: list[tuple[_Key, OpenFile]] = []

    @contextmanager
    def open(self, path: str) -> Iterator[OpenFile]:
        """The file at `path`, for one reader at a time; raises what OpenFile raises."""
        key = _key(path)
        file = self._take(key) or OpenFile(path, self._threads)
        try:
            yield file
        except GeneratorExit:  # whoever read it has had enough
            self._keep(key, file)
            raise
        except BaseException:
            file.close()
            raise
        else:
            self._keep(key, file)

    def _take(self, key: _Key) -> OpenFile | None:
        """The kept file, when it is still the same; another is closed."""
        if not self._kept:
            return None
        kept_key, file = self._kept.pop()
        if kept_key != key:
            file.close()
            return None
        file.use_again()
        return file

    def _keep(self, key: _Key, file: OpenFile) -> None:
        """Only where one can seek: a file without times is read from its beginning."""
        if file.states_times and not self._kept:
            self._kept.append((key, file))
        else:
            file.close()


def _key(path: str) -> _Key:
    place = check_there(path)
    return path, measure_size(place), written_us(Path(place))
