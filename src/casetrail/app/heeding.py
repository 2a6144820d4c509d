"""Heeding: work that runs asks again and again whether it still may, so that it stops within a second.

Withdrawn consent, a suspended case, an order or a grant that ended: whatever changes in another process is seen here
between two views, before the next one is described.
"""

import time
from collections.abc import Callable

from casetrail.app.case_ports import OpeningPorts
from casetrail.app.case_records import CaseFile
from casetrail.app.face_references import find_live_consent
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.consent import FaceConsent

EVERY_S = 0.4  # asking costs milliseconds; with the view at hand, work stops well within a second

Heed = Callable[[], None]


class ConsentEndedError(Exception):
    """Consent ended while faces were being compared: what is at hand is thrown away and done without them."""


def make_heed(ports: OpeningPorts, file: CaseFile, actor: Actor, act: Act, consent: FaceConsent | None) -> Heed:
    """What to call between two views. It raises RefusedError once the gate refuses the act.

    With `consent`, it raises ConsentEndedError once that is no longer live although the act may go on.
    """
    asked_s = time.monotonic()

    def heed() -> None:
        nonlocal asked_s
        if time.monotonic() - asked_s < EVERY_S:
            return
        ports.case.gate.check(actor, act, file.case.case_id)
        if consent is not None and find_live_consent(ports, file.case) is None:
            raise ConsentEndedError
        asked_s = time.monotonic()

    return heed
