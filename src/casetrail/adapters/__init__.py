"""One package per outside thing. None knows another; only `casetrail.bootstrap` names them.

What is shut out here is shut out before any of them loads.
"""

import sys

# `import openvino` looks up an analytics service and reports the import to it, by the package named here, unless that
# package cannot be imported: then it uses a stub of its own that does nothing. casetrail asks nobody.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
