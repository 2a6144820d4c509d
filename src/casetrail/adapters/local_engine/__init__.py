"""Engine on this machine: one process per worker, each fed through a pipe of its own.

A queue that workers share would stay locked if a worker were killed while it held it; with a pipe each, a
dead worker is a closed pipe. Workers are started afresh (never forked), ignore Ctrl-C, which is the parent's
to handle, and end themselves as soon as the parent is gone, however it went.
"""

from casetrail.adapters.local_engine.engine import LocalEngine

__all__ = ["LocalEngine"]
