"""What governance costs, and how soon withdrawn consent stops work: the demonstration's case traced through the gate.

    python benchmarks/governance.py --data build/demo

`--data`: an installation that `casetrail demo` has made (its footage is indexed). A fresh case is opened, requested,
granted, traced and reviewed; time inside the gate, inside the audit log, and inside the vault is summed beside the
whole. Then consent is withdrawn (by another process) while presences are being opened, and the time until the last
view is reported. Prints JSON.
"""

import argparse
import json
import multiprocessing
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from casetrail import bootstrap
from casetrail.app import demo, demo_scene
from casetrail.app.approve_request import approve_request
from casetrail.app.case_evidence import add_evidence
from casetrail.app.case_ports import CasePorts
from casetrail.app.clock import utc_now_us
from casetrail.app.consent import record_consent, withdraw_consent
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.open_presences import open_presences
from casetrail.app.request_access import request_access
from casetrail.app.review_trace import review_with
from casetrail.app.run_trace import run_trace
from casetrail.app.settings import Settings
from casetrail.governance.acts import Act
from casetrail.governance.cases import Method, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import Reach

PEOPLE = demo.PEOPLE
WAIT_S = 60
DAY_US = 86_400 * SECOND_US


class Stopwatch:
    """Sums the time inside methods of an object; calls inside one another count for the outermost only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, list[float]] = defaultdict(list)
        self._inside = 0

    def watch(self, name: str, thing: Any) -> Any:
        """The same object, its public methods timed under a name."""
        return _Watched(self, name, thing)

    def timed(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call and count."""
        start, self._inside = time.perf_counter(), self._inside + 1
        try:
            return method(*args, **kwargs)
        finally:
            self._inside -= 1
            took = time.perf_counter() - start
            self.calls[name].append(took)
            if not self._inside:
                self.seconds[name] += took


class _Watched:
    def __init__(self, watch: Stopwatch, name: str, thing: Any) -> None:
        self._watch, self._name, self._thing = watch, name, thing

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._thing, attribute)
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._watch.timed(self._name, value, *args, **kwargs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    settings = Settings(data=options.data)
    rounds = [measure_trace(settings) for _ in range(options.rounds)]
    result = {
        "gate_share_of_trace": statistics.median(each["gate_share"] for each in rounds),
        "governance_share_of_trace": statistics.median(each["governance_share"] for each in rounds),
        "rounds": rounds,
        "policy_ms": measure_policy(settings),
        "seconds_until_withdrawal_stops": [measure_withdrawal(settings) for _ in range(options.rounds)],
    }
    print(json.dumps(result, indent=2))


def measure_trace(settings: Settings) -> dict[str, float]:
    """Run and review one trace with everything of governance timed."""
    watch = Stopwatch()
    case_id = _prepare(settings, Method.CLOTHING, "BENCH-C")
    ports = bootstrap.open_trace_ports(settings, case_id, PEOPLE.investigator)
    cases = CasePorts(ports.case.store, ports.case.vault, ports.case.audit_log, watch.watch("gate", ports.case.gate))
    cases = replace(cases, audit_log=watch.watch("audit log", cases.audit_log))
    opener = ports.open_presences
    opening = replace(opener._ports, case=cases)
    ports = replace(ports, case=cases, open_presences=type(opener)(opening, case_id, PEOPLE.investigator))
    answer = demo.scripted_reviewer(ports.index)
    start = time.perf_counter()
    run_trace(ports, case_id, PEOPLE.investigator)
    review_with(ports, case_id, PEOPLE.reviewer, answer)
    seconds = time.perf_counter() - start
    gate = watch.seconds["gate"]
    return {
        "seconds": seconds,
        "gate_calls": len(watch.calls["gate"]),
        "gate_ms_median": 1000 * statistics.median(watch.calls["gate"]),
        "gate_share": gate / seconds,
        "governance_share": (gate + watch.seconds["audit log"]) / seconds,
    }


def measure_policy(settings: Settings) -> float:
    """Milliseconds of one decision of the policy text, the median of a thousand."""
    policy, took = bootstrap.open_policy(settings), []
    context = {"purpose": "infectious-disease investigation", "role": "investigator", "state": "tracing"}
    context |= {"order": True, "alert": "caution", "basis": True, "grant": True, "method": "clothing"}
    context |= {"consent": False, "own_request": False}
    for _ in range(1000):
        start = time.perf_counter()
        policy.permits(PEOPLE.investigator, Act.TRACE_RUN.value, "C-1", context)
        took.append(time.perf_counter() - start)
    return 1000 * statistics.median(took)


def measure_withdrawal(settings: Settings) -> float:
    """Seconds from the moment that another process withdrew consent to the last view that was described."""
    case_id = _prepare(settings, Method.CLOTHING_AND_FACE, "")
    cases = bootstrap.open_case_ports(settings)
    valid = UtcInterval(utc_now_us(), utc_now_us() + DAY_US)
    record = ConsentRecord(case_id, ConsentStatus.GIVEN, valid, "I agree.", "en", "on paper", "Room 3")
    record_consent(cases, record, PEOPLE.investigator)
    ports = bootstrap.open_trace_ports(settings, case_id, PEOPLE.investigator)
    opening = ports.open_presences._ports
    seen: list[float] = []
    faces = opening.describers.faces
    detect = faces.detect
    context = multiprocessing.get_context("spawn")
    parent, child = context.Pipe()
    other = context.Process(target=_withdraw, args=(settings, case_id, child))
    other.start()
    _answer(parent)  # the other process is ready
    everybody = list(
        ports.index.read_presences(
            [Reach(camera.camera_id, demo_scene.INFECTIOUS_PERIOD) for camera in ports.catalogue.read_cameras()]
        )
    )

    def watched(images: Any) -> Any:
        if len(seen) == 5:
            parent.send("now")
        seen.append(time.time())
        return detect(images)

    object.__setattr__(faces, "detect", watched)
    try:
        open_presences(opening, case_id, everybody, PEOPLE.investigator)
        raise SystemExit("the work ended before consent was withdrawn")
    except RefusedError:
        return max(0.0, seen[-1] - float(_answer(parent)))
    finally:
        object.__setattr__(faces, "detect", detect)
        other.join()


def _answer(pipe: Any) -> Any:
    if not pipe.poll(WAIT_S):
        raise SystemExit("the other process does not answer")
    return pipe.recv()


def _withdraw(settings: Settings, case_id: str, pipe: Any) -> None:
    cases = bootstrap.open_case_ports(settings)
    pipe.send("ready")
    pipe.recv()
    pipe.send(time.time())
    withdraw_consent(cases, case_id, PEOPLE.investigator)


def _prepare(settings: Settings, method: Method, written_order: str) -> str:
    """A granted case on the demonstration's footage; its order is still in force from the demonstration."""
    requests = bootstrap.open_request_ports(settings)
    period = demo_scene.INFECTIOUS_PERIOD
    wanted = CaseRequest(demo_scene.DISEASE, period, demo_scene.LEGAL_BASIS, Scope(period, method=method, views=1000))
    case_id = open_case(requests.case, wanted, PEOPLE.investigator, utc_now_us()).case_id
    add_evidence(requests.case, case_id, [demo_scene.STATEMENT], PEOPLE.investigator)
    asked = request_access(requests, case_id, PEOPLE.investigator, utc_now_us(), written_order=written_order)
    approve_request(requests.case, case_id, asked.entry.request_id, PEOPLE.approver, utc_now_us())
    return case_id


if __name__ == "__main__":
    main()
