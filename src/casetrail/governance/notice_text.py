"""What the person is told when an investigation ends, in Korean and English (IDCPA 76-2(7); PIPA 20, 35 to 39).

Nothing in the text says who the person is, so that it can be drafted from the case alone.
"""

from dataclasses import dataclass
from datetime import tzinfo

from casetrail.governance.cases import Case
from casetrail.model.errors import UsageError
from casetrail.model.time import UtcInterval, to_datetime

LANGUAGES = ("ko", "en")

_EN = """Notice about the use of recordings in an infectious-disease investigation

Reference: {case_id}

1. Who: {authority}, by document {document} of {document_date}.
2. Legal basis: {articles}.
3. Purpose: to find where a person with {disease} was while infectious, and who was near. No other purpose is allowed.
4. What was used: recordings of fixed cameras from {start} to {end}. {opened} short stretches were looked at closely.
5. Face: {face}
6. Who saw it: the investigators of this case. It was given to no third party{given}.
7. When it goes: everything about this case is destroyed when it is closed, by {due} at the latest.
8. Your rights: you may ask to see it, to have it corrected, and to object to its use. We answer within ten days.
   You may complain to the Personal Information Protection Commission.
9. Where to turn: {address}
"""
_EN_FACES = {
    False: "your face was not compared with anybody's.",
    True: "your face was compared, with your written consent, and no description of it was kept.",
}

_KO = """감염병 역학조사에 사용된 영상정보 처리 통지

관리번호: {case_id}

1. 처리기관: {authority} (문서번호 {document}, {document_date})
2. 법적 근거: {articles}
3. 처리 목적: {disease} 환자의 전파 가능 기간 중 이동 장소와 접촉자 확인. 그 밖의 목적으로는 사용할 수 없습니다.
4. 사용한 정보: {start}부터 {end}까지 고정형 영상정보처리기기의 영상. 이 중 {opened}개의 짧은 구간을 확인하였습니다.
5. 얼굴: {face}
6. 열람한 사람: 이 사건의 역학조사 담당자. 제3자에게 제공하지 않았습니다{given}.
7. 파기: 이 사건에 관한 모든 정보는 조사 종료 시, 늦어도 {due}까지 파기됩니다.
8. 권리: 열람, 정정, 처리정지를 요구할 수 있으며 10일 이내에 답변합니다.
   개인정보 보호위원회에 침해를 신고할 수 있습니다.
9. 문의: {address}
"""
_KO_FACES = {
    False: "귀하의 얼굴을 비교하지 않았습니다.",
    True: "귀하의 서면 동의를 받아 얼굴을 비교하였으며, 얼굴 특징 정보는 보관하지 않았습니다.",
}


@dataclass(frozen=True)
class NoticeFacts:
    """What a notice says beside the case: presences opened, whether a face was compared, when it goes, whom to ask."""

    presences: int
    face_compared: bool
    due_us: int
    address: str
    given_to: str = ""


def build_notice(case: Case, facts: NoticeFacts, language: str, zone: tzinfo | None = None) -> str:
    """The text of the notice. `zone`: local time of the dates, this machine's when None. Raises UsageError."""
    if language not in LANGUAGES:
        raise UsageError(f"no notice in {language[:10]!r}", todo=f"name one of {', '.join(LANGUAGES)}")
    text, faces = (_KO, _KO_FACES) if language == "ko" else (_EN, _EN_FACES)
    given = {"ko": f" (제공: {facts.given_to})", "en": f", except {facts.given_to}"}[language] if facts.given_to else ""
    start, end = _moments(case.scope.interval, zone)
    return text.format(
        case_id=case.case_id,
        authority=case.legal_basis.authority,
        document=case.legal_basis.document,
        document_date=case.legal_basis.document_date,
        articles=case.legal_basis.articles,
        disease=case.disease,
        start=start,
        end=end,
        opened=facts.presences,
        face=faces[facts.face_compared],
        given=given,
        due=f"{to_datetime(facts.due_us).astimezone(zone):%Y-%m-%d}",
        address=facts.address.strip() or "-",
    )


def _moments(interval: UtcInterval, zone: tzinfo | None) -> tuple[str, str]:
    start, end = (to_datetime(at).astimezone(zone) for at in (interval.start_us, interval.end_us))
    return f"{start:%Y-%m-%d %H:%M %Z}", f"{end:%Y-%m-%d %H:%M %Z}"
