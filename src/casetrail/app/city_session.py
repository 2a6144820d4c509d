"""A trace through a city in one sitting: opening what is worth its cost, asking, and passing answers on.

What is known is read once and kept in memory between answers (`casetrail.trace.search`); every change is stored.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from casetrail.app.case_records import read_answers, read_consent, read_trace, write_answers, write_trace
from casetrail.app.city_search import CityGate, open_city_gate, outgrown, read_city
from casetrail.app.review_trace import Proposal, settle_case
from casetrail.app.run_trace import start_tracing
from casetrail.app.show_city import build_city_trace
from casetrail.app.trace_work import Known, Progress, TracePorts, answers_in_force, read_known
from casetrail.governance.access import check_working
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.consent import ConsentRecord
from casetrail.model.arrays import Integers
from casetrail.model.errors import UsageError
from casetrail.presence.presences import Presence
from casetrail.trace import planning
from casetrail.trace.case_trace import Answer, CaseTrace, Question, Reviewed, Shown
from casetrail.trace.learning import Learned
from casetrail.trace.search import LEAST_RATIO

GROWTH, LEAST_BATCH = 0.01, 60
FRESH, FRESH_SHARE = 600, 0.15  # so many views later, all that was seen is passed on through the whole field
FOLLOWED = 8  # presences before and after a walk that are opened before it is asked about
FEW_CONFIRMED = 2  # a yes with fewer turns the search round
MOST_FACES = 8  # confirmed presences from which a face is taken
AGAIN_SHARE = 0.3  # of what a batch may cost, for better looks at candidates


class CitySession:
    """A session over the field of whereabouts of a city. `act`: what it is opened for, and asked of the gate."""

    def __init__(self, ports: TracePorts, case_id: str, actor: Actor, act: Act = Act.TRACE_RUN) -> None:
        ports.case.gate.permit(actor, act, case_id)
        known, consent = _read(ports, case_id)
        check_working(case_id, known.file.case.state)
        start_tracing(ports, known, actor)
        self._ports, self._actor, self._case_id = ports, actor, case_id
        self._budget = known.file.case.scope.views
        self._city = read_city(ports.catalogue)
        self._draw(known, consent)

    def _draw(self, known: Known, consent: ConsentRecord | None, learned: Learned | None = None) -> None:
        """Draw the gate around what is known, and take up in it what is in the vault, and what was `learned`."""
        self._known, self._consent = known, consent
        self._gate: CityGate = open_city_gate(self._ports, self._city, known, self._actor)
        self._search = self._gate.search
        self._asked = 0
        if learned is not None:
            self._search.use(learned)
        self._restore(known)
        described = sum(sighting.views_described for sighting in known.sightings.values())
        self._elsewhere = described - self._search.views
        self._passed_on, self._drawn_with = self._search.views, len(self._confirmed())

    def advance(self, progress: Progress | None = None) -> None:
        """Open what is worth its cost by now, until there is something to ask or the budget is spent."""
        while True:
            self._forget_faces()
            at = self._choose()
            if not (self._open_more() if at is None else self._follow(at)):
                break
            if progress is not None:
                progress("opening presences", self._search.views, self._budget)

    def _follow(self, at: int) -> bool:
        """Open who may have been seen before and after a walk that is likely enough. False at its ends."""
        if self._search.standing.probability[at] < planning.FOLLOWED_FROM:
            return False
        if not self._open(self._search.beyond(at, FOLLOWED)[: max(self._left(), 0)], 1):
            return False
        self._search.weigh(journeys=False)
        return True

    def question(self) -> Question | None:
        """The next question; with nothing likely enough left to ask, more is opened first."""
        self.advance()
        at = self._choose()
        settle_case(self._ports, self._known.file, at is None, bool(len(self._confirmed())), self._actor)
        if at is None:
            self.trace()
            return None
        question = self._question(at)
        counts = {"probability": round(question.probability, 3), "presences": 1 + len(question.along)}
        self._ports.case.audit_log.record(AuditEvent(self._actor, "trace.ask", self._case_id, counts))
        return question

    def answer(self, presence_id: str, answer: Answer, along: Sequence[str] = ()) -> None:
        """Put an answer on record and pass it on. A no covers those shown along at once, a yes once it is sure."""
        self._ports.case.gate.check(self._actor, Act.TRACE_REVIEW, self._case_id)
        self._forget_faces()
        if not {presence_id, *along} <= self._gate.rows.keys():
            raise UsageError("this presence was not opened for the case", where=f"case {self._case_id}")
        row, shown = self._gate.rows[presence_id], tuple(along)
        stated = self._probability(row)
        self._asked += 1
        self._record([Reviewed(presence_id, answer, "", 0, stated=stated, along=shown)])
        nobody_yet = self._search.answers.confirmed == 0
        self._search.say(row, answer, stated)
        self._search.answers.show_along(row, frozenset(self._gate.rows[each] for each in shown))
        first = answer is Answer.YES and self._search.answers.confirmed < FEW_CONFIRMED
        if answer is Answer.NO:
            rows = [self._gate.rows[each] for each in shown]
            self._answer_along(presence_id, answer, [one for one in rows if self._search.answers.worth(one) == 0])
        if answer is Answer.YES:
            self._search.weigh(journeys=False)
            self._cover()  # whoever is sure already is passed on together with whom the answer covers
        self._infer(row, everywhere=first)
        if self._cover():
            self._infer(row)
        if first and nobody_yet:
            self._compare_faces()

    def _infer(self, row: int, *, everywhere: bool = False) -> None:
        """Pass on what is new around a row; `everywhere`, when everything opened is compared with somebody new."""
        if everywhere:
            self._search.infer()
        else:
            self._search.infer_nearby(row)

    def _compare_faces(self) -> None:
        """Whoever was opened before anybody was confirmed had no face to be compared with: of those who are dressed
        alike, it is now, under live consent.
        """
        confirmed = self._with_face()
        if self._ports.compare_faces is None or not confirmed:
            return
        alike = self._search.standing.log_ratio - self._search.said_each > LEAST_RATIO
        found = self._ports.compare_faces(self._gate.read(self._search.opened[alike]), confirmed)
        if self._gate.add(found):
            self._search.infer()

    def _forget_faces(self) -> None:
        """Once another consent is on record, nothing that rested on a face may go on: what the vault holds by now is
        taken up again.
        """
        if read_consent(self._ports.case.vault, self._case_id) != self._consent and self._search.looks.extra.any():
            self._draw(*_read(self._ports, self._case_id))

    def _with_face(self) -> list[Presence]:
        """Some confirmed presences whose faces others may be compared with: the last answer about each is a yes, too,
        not only most of them.
        """
        confirmed = self._search.opened[self._confirmed()]
        in_force = answers_in_force(self._answers())
        yes = {key for key, each in in_force.items() if each.answer is Answer.YES}
        said = [each in yes for each in self._search.spans.ids(confirmed)]
        return self._gate.read(confirmed[np.array(said, bool)][:MOST_FACES])

    def _cover(self) -> bool:
        """A yes that is sure by now is put on record for everybody who was shown along with it, too. False without."""
        covered = 0
        for row, others in self._search.answers.newly_covered(self._probability):
            self._answer_along(self._search.spans.ids(np.array([row]))[0], Answer.YES, others)
            covered += len(others)
        return covered > 0

    def _answer_along(self, asked: str, answer: Answer, rows: Sequence[int]) -> None:
        """The answer to a question, of those who were shown along with it."""
        ids = self._search.spans.ids(np.array(rows, np.int64))
        self._record([Reviewed(each, answer, "", 0, covered_by=asked) for each in ids])
        for one in rows:
            self._search.cover(one, answer, self._gate.rows[asked])

    def _probability(self, row: int) -> float:
        at = self._search.looks.position(row)
        return 0.0 if at is None else float(self._search.standing.probability[at])

    def undo(self) -> None:
        """Withdraw the last answer in force; it stays on record as withdrawn. Raises UsageError when there is none."""
        self._forget_faces()
        given = [each for each in self._answers() if each.presence_id in self._gate.rows]
        if not given or given[-1].answer is Answer.WITHDRAWN:
            raise UsageError("there is no answer to take back", where=f"case {self._case_id}")
        asked = given[-1].covered_by or given[-1].presence_id
        covered = [each.presence_id for each in answers_in_force(given).values() if each.covered_by == asked]
        self._ports.case.gate.check(self._actor, Act.TRACE_REVIEW, self._case_id)
        self._asked -= 1
        self._record([Reviewed(each, Answer.WITHDRAWN, "", 0, covered_by=asked) for each in covered])
        self._record([Reviewed(asked, Answer.WITHDRAWN, "", 0)])
        for each in covered:
            self._search.cover(self._gate.rows[each], Answer.WITHDRAWN, None)
        self._search.say(self._gate.rows[asked], Answer.WITHDRAWN)
        self._infer(self._gate.rows[asked])

    def trace(self) -> CaseTrace:
        """The case trace as it stands; it is in the vault when this returns."""
        self._forget_faces()
        trace = build_city_trace(self._case_id, self._gate, self._ports.models)
        if read_trace(self._ports.case.vault, self._case_id) != trace:
            counts = {"steps": len(trace.steps), "confirmed": len(trace.confirmed)}
            event = AuditEvent(self._actor, "trace.store", self._case_id, counts, self._known.file.basis)
            write_trace(self._ports.case.vault, trace, audit=event)
        return trace

    def proposal(self) -> Proposal:
        """The case trace, the next question, and how many were answered."""
        question = self.question()
        return Proposal(self.trace(), question, self._asked)

    def _restore(self, known: Known) -> None:
        """Take up what is in the vault: sightings, and every answer in the order given."""
        self._gate.add(known.sightings.values())
        for reviewed in read_answers(self._ports.case.vault, self._case_id):
            row = self._gate.rows.get(reviewed.presence_id)
            if row is None:
                continue
            if reviewed.covered_by:
                self._search.cover(row, reviewed.answer, self._gate.rows.get(reviewed.covered_by))
                continue
            self._search.say(row, reviewed.answer, reviewed.stated)
            self._asked += -1 if reviewed.answer is Answer.WITHDRAWN else 1
            shown = [self._gate.rows[each] for each in reviewed.along if each in self._gate.rows]
            self._search.answers.show_along(row, frozenset(shown))
        self._find_start(known)
        self._search.infer()

    def _find_start(self, known: Known) -> None:
        """Whoever was confirmed before anything was asked is where everything starts: nobody guessed."""
        first = min(known.reviewed.values(), key=lambda each: each.utc_us, default=None)
        row = None if first is None else self._gate.rows.get(first.presence_id)
        if first is not None and first.answer is Answer.YES and row is not None:
            self._search.begin_at(row)

    def _confirmed(self) -> Integers:
        return self._search.confirmed_positions(planning.PLAUSIBLE)

    def _left(self) -> int:
        """Views that the scope leaves; those of presences outside the gate, as it is drawn now, are spent, too."""
        return self._budget - self._search.views - self._elsewhere

    def _choose(self) -> int | None:
        """Which opened presence to ask about now, None when looking further is worth more."""
        levels = planning.ask_levels(self._asked, self._search.answers.confirmed)
        return planning.choose_position(self._search, levels)

    def _batch(self) -> int:
        return min(max(LEAST_BATCH, round(GROWTH * self._search.views)), self._left())

    def _question(self, at: int) -> Question:
        shown, standing = self._shown(at), self._search.standing
        similarity = float(standing.similarity[at])
        return Question(
            shown.presence_id,
            shown.camera_id,
            shown.interval,
            float(standing.probability[at]),
            None if np.isnan(similarity) else similarity,
            float(standing.probability[at]),
            tuple(self._shown(one) for one in planning.walk_of(self._search, at).tolist()),
        )

    def _shown(self, at: int) -> Shown:
        row, spans = int(self._search.opened[at]), self._search.spans
        return Shown(spans.ids(np.array([row]))[0], spans.camera_ids[int(spans.camera[row])], spans.interval(row))

    def _open_more(self) -> bool:
        """One batch: better looks at candidates, cheap looks at the likeliest others. False when nothing is left."""
        if self._left() <= 0:
            return False
        if self._draw_anew():
            return True
        batch = self._batch()
        again = planning.choose_again(self._search, round(batch * AGAIN_SHARE / planning.MORE_VIEWS))
        opened = self._open(again, planning.MORE_VIEWS)
        opened += self._open(planning.choose_unopened(self._search, min(batch, max(self._left(), 0))), 1)
        if opened:
            self._infer_opened()
        return opened > 0

    def _infer_opened(self) -> None:
        """What was opened is weighed at once, and passed on through the field now and then: that takes longest."""
        if self._search.views - self._passed_on < max(FRESH, round(FRESH_SHARE * self._search.views)):
            self._search.weigh(journeys=True)
        else:
            self._passed_on = self._search.views
            self._search.infer()

    def _draw_anew(self) -> bool:
        """Once more is confirmed, walks may lead out of the gate; then it is drawn anew. False where it stays."""
        if len(self._confirmed()) <= self._drawn_with:
            return False
        self._ports.case.gate.check(self._actor, Act.TRACE_RUN, self._case_id)
        known, consent = _read(self._ports, self._case_id)
        self._drawn_with = len(self._confirmed())
        if not outgrown(self._gate, known):
            return False
        learned = self._search.learned
        del self._gate, self._search  # two of them at once take much memory
        self._draw(known, consent, learned)
        return True

    def _open(self, rows: Integers, views: int) -> int:
        if not len(rows):
            return 0
        self._ports.case.gate.check(self._actor, Act.TRACE_RUN, self._case_id)
        found = self._ports.open_presences(self._gate.read(rows), self._with_face(), views)
        return self._gate.add(found)

    def _record(self, answers: Sequence[Reviewed]) -> None:
        """Put answers on record, each a microsecond after the one before, even when the clock stands still."""
        if not answers:
            return
        first = max(max((each.utc_us for each in self._answers()), default=0) + 1, self._ports.now_us())
        signed = [
            replace(each, reviewer=self._actor.actor_id, utc_us=first + later) for later, each in enumerate(answers)
        ]
        covered = sum(bool(each.covered_by) for each in signed)
        counts = {"answers": len(signed) - covered, "covered": covered}
        event = AuditEvent(self._actor, "trace.answer", self._case_id, counts, self._known.file.basis)
        write_answers(self._ports.case.vault, self._case_id, signed, audit=event)

    def _answers(self) -> Sequence[Reviewed]:
        return read_answers(self._ports.case.vault, self._case_id)


def _read(ports: TracePorts, case_id: str) -> tuple[Known, ConsentRecord | None]:
    """What is on record, and the consent that stood before it was read: one withdrawn meanwhile shows as another."""
    consent = read_consent(ports.case.vault, case_id)
    return read_known(ports.case, case_id), consent
