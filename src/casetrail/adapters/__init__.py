"""One package per outside thing. None knows another; only `casetrail.bootstrap` names them."""
