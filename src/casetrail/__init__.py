"""casetrail: traces an infectious-disease case through recordings of fixed cameras, accountably.

Start reading at `casetrail.app.pipeline`.
"""

__version__ = "0.1.0"
