"""Evidence of clothing over very many presences."""

import numpy as np

from casetrail.sightings.describers import SimilarityCalibration
from casetrail.trace import clothing

CALIBRATION = SimilarityCalibration(0.4, 0.14, 0.0, 0.08, "made", 0.0, 0.5)


def crowd(strangers: int = 200, own: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of strangers and of one person, and which are the person's."""
    rng = np.random.default_rng(seed)
    person = rng.normal(size=128)
    noise = rng.normal(size=(strangers + own, 128))
    mine = np.arange(strangers + own) >= strangers
    vectors = noise + np.where(mine[:, None], 0.9 * person, 0)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), mine


def test_the_person_stands_out_against_everybody_opened() -> None:
    """Those who are the person get positive evidence, strangers negative."""
    vectors, mine = crowd()
    first = np.flatnonzero(mine)[:2]
    found = clothing.compare(vectors, np.ones(len(vectors)), np.zeros(len(vectors), int), first, CALIBRATION)
    rest = mine.copy()
    rest[first] = False
    assert found.log_ratio[rest].min() > 1
    assert np.median(found.log_ratio[~mine]) < -2


def test_evidence_never_falls_when_similarity_rises() -> None:
    """More alike is never less likely."""
    similarity = np.linspace(-0.5, 1, 200)
    same = [np.full(200, value) for value in (0.4, 0.14, 0.0, 0.08)]
    ratio = clothing.log_ratio(similarity, *same)
    assert (np.diff(ratio) >= -1e-9).all()


def test_a_single_reference_is_not_compared_with_itself() -> None:
    """The only reference has no similarity, and so no evidence of its own."""
    vectors, mine = crowd()
    one = np.flatnonzero(mine)[:1]
    found = clothing.compare(vectors, np.ones(len(vectors)), np.zeros(len(vectors), int), one, CALIBRATION)
    assert np.isnan(found.similarity[one[0]])
    assert found.log_ratio[one[0]] == 0


def test_what_a_camera_sees_in_everybody_is_taken_out() -> None:
    """A colour cast of one camera does not make its people alike."""
    vectors, _ = crowd(own=0)
    camera = np.repeat([0, 1], 100)
    cast = np.random.default_rng(5).normal(size=128) / 10
    tinted = vectors + np.where(camera[:, None] == 0, cast, 0)
    tinted = (tinted / np.linalg.norm(tinted, axis=1, keepdims=True)).astype(np.float32)
    moved = clothing.centre(tinted, camera, np.ones(200, bool))
    alike = tinted[:100] @ tinted[:100].T
    after = moved[:100] @ moved[:100].T
    off = ~np.eye(100, dtype=bool)
    assert alike[off].mean() > 0.3
    assert abs(after[off].mean()) < 0.05


def test_alike_at_two_places_of_the_evidence_supports_both() -> None:
    """Before anybody is confirmed, the person's presences support each other, strangers hardly."""
    vectors, mine = crowd(strangers=100)
    place = np.arange(len(vectors)) % 2
    apart = place[:, None] != place[None]
    gained = clothing.support(vectors, np.ones(len(vectors)), np.full(len(vectors), 0.02), apart, CALIBRATION)
    assert gained[mine].mean() > 5 * gained[~mine].mean()
