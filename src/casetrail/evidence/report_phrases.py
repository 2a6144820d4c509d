"""The sentences of a report: key, English, Korean."""

from collections.abc import Mapping

PHRASES: Mapping[str, tuple[str, str]] = {
    "lead_found": (
        "The index case {case} was seen {count} times on {cameras} between {start} and {end}. "
        "A reviewer confirmed each of these sightings.",
        "조사 대상자 {case}은(는) {start}부터 {end}까지 {cameras}에서 {count}회 목격되었으며, "
        "모두 검토자가 확인하였습니다.",
    ),
    "lead_found_one": (
        "The index case {case} was seen once, on {cameras}, between {start} and {end}. "
        "A reviewer confirmed this sighting.",
        "조사 대상자 {case}은(는) {start}부터 {end}까지 {cameras}에서 1회 목격되었으며, 검토자가 확인하였습니다.",
    ),
    "lead_none": (
        "No sighting of the index case {case} is confirmed.",
        "조사 대상자 {case}의 확인된 목격이 없습니다.",
    ),
    "lead_proposed": (
        "{count} more are proposed and not confirmed: do not act on them.",
        "이 밖에 미확정 제안 {count}건이 있으며, 이를 근거로 조치해서는 안 됩니다.",
    ),
    "lead_proposed_one": (
        "1 more is proposed and not confirmed: do not act on it.",
        "이 밖에 미확정 제안 1건이 있으며, 이를 근거로 조치해서는 안 됩니다.",
    ),
    "lead_unseen": (
        "For {unseen} in between nobody saw where the person was.",
        "그 사이 {unseen} 동안은 어느 카메라에도 관찰되지 않았습니다.",
    ),
    "lead_contacts": (
        "{count} people came within {distance} of the index case.",
        "{count}명이 대상자로부터 {distance} 이내에 있었습니다.",
    ),
    "lead_contacts_one": (
        "1 person came within {distance} of the index case.",
        "1명이 대상자로부터 {distance} 이내에 있었습니다.",
    ),
    "lead_contacts_open": (
        "{count} of these contacts are UNCONFIRMED: no reviewer has looked at them yet.",
        "이 중 {count}명은 미확정이며, 아직 검토되지 않았습니다.",
    ),
    "lead_contacts_open_one": (
        "1 of these contacts is UNCONFIRMED: no reviewer has looked at it yet.",
        "이 중 1명은 미확정이며, 아직 검토되지 않았습니다.",
    ),
    "lead_no_contacts": (
        "Nobody was found within the distances asked for.",
        "기준 거리 안에서 확인된 사람이 없습니다.",
    ),
    "lead_not_searched": (
        "Contacts were not looked for yet.",
        "접촉자 조사는 아직 수행되지 않았습니다.",
    ),
    "lead_findings": (
        "Statements and records: {supported} supported, {contradicted} contradicted, {open} not observable.",
        "진술·기록: 부합 {supported}건, 모순 {contradicted}건, 확인 불가 {open}건.",
    ),
    "warning_open": (
        "The review is not complete. What is marked UNCONFIRMED is a machine's proposal and no ground for any act.",
        "검토가 끝나지 않았습니다. '미확정' 표시는 기계의 제안일 뿐이며 어떠한 조치의 근거도 될 수 없습니다.",
    ),
    "gap_row": (
        "{duration} unseen: nobody saw the way from {before} to {after}.",
        "{duration} 미관찰: {before}에서 {after}까지의 구간은 아무도 보지 못했습니다.",
    ),
    "gap_walk": (
        "Walking it takes {low} to {high}, usually {middle}.",
        "걸어서 {low}~{high}, 보통 {middle} 걸리는 구간입니다.",
    ),
    "p_0.99": ("virtually certain", "사실상 확실"),
    "p_0.9": ("very likely", "가능성 매우 높음"),
    "p_0.66": ("likely", "가능성 높음"),
    "p_0.33": ("about as likely as not", "반반"),
    "p_0.1": ("unlikely", "가능성 낮음"),
    "p_0": ("very unlikely", "가능성 매우 낮음"),
    "mask_confidence": ("{state} ({share} %)", "{state} ({share} %)"),
    "reviewed_by": ("confirmed by {name}", "{name} 확인"),
    "of_needed": ("{have} of {needed}", "{have} / 기준 {needed}"),
    "interval_of": ("{low} to {high}", "{low}~{high}"),
    "counts_high": (
        "at most {high}, with all that could not be measured",
        "측정하지 못한 부분을 모두 포함하면 최대 {high}",
    ),
    "investigator": ("the investigator decides from this evidence", "이 근거로 조사관이 판단"),
    "masks_open": ("mask states are unknown, which this definition leaves open", "마스크 상태를 알 수 없어 판단 유보"),
    "unmeasured": (
        "{duration} together in the picture were not measured",
        "함께 찍혔으나 측정하지 못한 시간 {duration}",
    ),
    "foot_hidden": ("a foot was hidden for {share} % of the time", "발이 가려진 시간 {share} %"),
    "not_measured": ("not measured", "측정 불가"),
    "interval_note": (
        "Distances are medians with 90 % intervals; where a foot was hidden nothing is claimed.",
        "거리는 중앙값과 90 % 구간이며, 발이 가려진 때는 값을 제시하지 않습니다.",
    ),
    "within": ("within {distance}", "{distance} 이내"),
    "definition_hash": ("text {hash}", "원문 {hash}"),
    "definition_gone": ("its text is not at hand", "원문이 없음"),
    "at_exposure": ("{camera}, {time}, {duration}", "{camera}, {time}, {duration}"),
    "others_near": (
        "{count} more people were in the picture with the index case; no definition is met by any of them: {names}.",
        "이 밖에 {count}명이 대상자와 함께 찍혔으나 어느 정의에도 해당하지 않습니다: {names}.",
    ),
    "others_near_one": (
        "1 more person was in the picture with the index case and meets no definition: {names}.",
        "이 밖에 1명이 대상자와 함께 찍혔으나 어느 정의에도 해당하지 않습니다: {names}.",
    ),
    "more_exposures": ("and {count} more", "외 {count}건"),
    "why_supported": ("Confirmed there then: sighting {steps}.", "그 시각 그곳에서 확인됨: 목격 {steps}."),
    "why_elsewhere": (
        "Confirmed elsewhere: sighting {steps}, too far off to have been there.",
        "다른 곳에서 확인됨: 목격 {steps}. 그곳에 있기에는 너무 멉니다.",
    ),
    "why_unseen": (
        "Several cameras see the place, their footage was searched, and the person was not confirmed there.",
        "여러 카메라가 그 장소를 촬영하였고 그 영상을 열람하였으나 대상자가 확인되지 않았습니다.",
    ),
    "it names no place": ("It names no place.", "장소가 명시되지 않았습니다."),
    "no camera looks at the place": ("No camera looks at the place.", "그 장소를 보는 카메라가 없습니다."),
    "no footage of that place and time was searched": (
        "No footage of that place and time was searched.",
        "그 장소와 시각의 영상은 열람되지 않았습니다.",
    ),
    "not confirmed there; the cameras there may miss a person": (
        "Not confirmed there; the cameras there may miss a person.",
        "그곳에서 확인되지 않았으나, 그곳의 카메라가 놓쳤을 수 있습니다.",
    ),
    "within_of": ("within {distance} of the place named", "명시된 장소에서 {distance} 이내"),
    "no_findings": ("Nothing was stated or recorded.", "제출된 진술이나 기록이 없습니다."),
    "sure_judged": (
        "A reviewer judged each confirmed sighting from redacted pictures.",
        "확인된 목격은 모두 검토자가 모자이크 처리된 화면을 보고 판단하였습니다.",
    ),
    "sure_range": (
        "Given all evidence and all answers, the least probable of them is the index case with probability {low}, "
        "the most probable with {high}.",
        "모든 근거와 답변을 종합한 확률은 가장 낮은 목격이 {low}, 가장 높은 목격이 {high}입니다.",
    ),
    "sure_same": (
        "Given all evidence and all answers, each of them is the index case with probability {share}.",
        "모든 근거와 답변을 종합한 확률은 각 목격마다 {share}입니다.",
    ),
    "sure_words": (
        "Words for probability follow the scale of the IPCC: very likely is 90 % or more, likely 66 % or more.",
        "확률 표현은 IPCC 척도를 따릅니다. '가능성 매우 높음'은 90 % 이상, '가능성 높음'은 66 % 이상입니다.",
    ),
    "alternative_without": (
        "The case trace without sighting {steps} is {times} times less likely.",
        "목격 {steps}을(를) 뺀 경로는 가능성이 {times}배 낮습니다.",
    ),
    "alternative_other": (
        "A case trace with {count} other sightings is {times} times less likely.",
        "다른 목격 {count}건을 포함한 경로는 가능성이 {times}배 낮습니다.",
    ),
    "alternative_other_one": (
        "A case trace with 1 other sighting is {times} times less likely.",
        "다른 목격 1건을 포함한 경로는 가능성이 {times}배 낮습니다.",
    ),
    "no_alternative": (
        "No materially different case trace came near to this one.",
        "이 경로에 견줄 만한 다른 경로는 없었습니다.",
    ),
    "limit_transmission": (
        "Being near is not being infected: nothing here says that transmission happened.",
        "가까이 있었다는 것이 감염을 뜻하지 않습니다. 이 보고서는 전파 여부를 말하지 않습니다.",
    ),
    "limit_unseen": (
        "Cameras see part of the city. What lies between sightings is unknown, and dashed lines are no routes.",
        "카메라는 도시의 일부만 봅니다. 목격 사이는 알 수 없으며, 점선은 실제 경로가 아닙니다.",
    ),
    "limit_contacts": (
        "Contacts are pseudonyms for people in the picture; nobody was named. One person may appear as two.",
        "접촉자는 화면 속 인물의 가명이며 누구의 신원도 특정하지 않았습니다. 같은 사람이 두 명으로 나타날 수 있습니다.",
    ),
    "limit_mask": (
        "A mask state of unknown means that no face was large enough; it says neither worn nor none.",
        "마스크 '알 수 없음'은 얼굴이 충분히 크게 보이지 않았다는 뜻이며, 착용도 미착용도 아닙니다.",
    ),
    "the presence index no longer holds these sightings": (
        "Foot paths of some sightings are not drawn: the presence index no longer holds them.",
        "일부 목격의 보행 경로는 그리지 못했습니다. 인물 색인의 보관 기한이 지났습니다.",
    ),
    "the recordings of these sightings are gone": (
        "Stills of some sightings are not shown: their recordings are gone.",
        "일부 목격의 정지 화면은 원본 영상이 삭제되어 표시할 수 없습니다.",
    ),
    "consent_withdrawn": (
        "Consent to face comparison was withdrawn: every face similarity was erased, and the trace was scored without.",
        "얼굴 비교 동의가 철회되어 얼굴 유사도를 모두 파기하고 이를 제외한 채 경로를 다시 산정했습니다.",
    ),
    "the requesting authority is not on the list of those that may ask (IDCPA 76-2(1))": (
        "The requesting authority is not on the list of those that may ask (IDCPA 76-2(1)).",
        "요청 기관이 자료를 요청할 수 있는 기관 목록(감염병예방법 제76조의2제1항)에 없습니다.",
    ),
    "unplaced": (
        "Not on the plan, because nobody recorded where they stand: {cameras}.",
        "위치가 기록되지 않아 평면도에 없는 카메라: {cameras}.",
    ),
    "no_plan": (
        "No plan: no camera's place is recorded.",
        "카메라 위치 기록이 없어 평면도를 그릴 수 없습니다.",
    ),
    "counsel": (
        "Whether this authority may ask is to be confirmed by counsel.",
        "요청 기관의 권한은 법률 검토가 필요합니다.",
    ),
    "footer": (
        "Pseudonymised personal data under the Infectious Disease Control and Prevention Act. "
        "Purpose: infectious-disease investigation only. Erase by {date}. Do not copy or pass on.",
        "감염병예방법에 따른 가명처리된 개인정보입니다. 목적: 감염병 조사에 한함. 파기 기한 {date}. 복사·제공 금지.",
    ),
    "on_the_log": (
        "That this report was made, and every look into footage, is in the audit log under {case}.",
        "이 보고서의 작성과 모든 영상 열람은 감사 기록({case})에 남아 있습니다.",
    ),
}
