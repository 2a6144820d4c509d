"""Opening presences: only the best views are decoded, and what comes out describes the right person."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.model.errors import MissingError
from casetrail.presence.presences import Presence, View
from casetrail.sightings.opening import best_views, describe_presences
from casetrail.sightings.sightings import MaskReading, MaskState, Sighting
from casetrail.testing.counting_describers import ColourClothing, counting_describers
from casetrail.testing.staged_case import StagedCase, stage_case

WORN, NONE = MaskReading(MaskState.WORN, 0.8), MaskReading(MaskState.NONE, 0.8)


@pytest.fixture
def stage() -> StagedCase:
    """A walk past three cameras, one stranger on each."""
    return stage_case()


def describe(stage: StagedCase, presences: tuple[Presence, ...], views: int = 3) -> list[Sighting]:
    """Sightings of presences with the stage's own describers."""
    recordings = {each.recording_id: each for each in stage.ports.catalogue.read_recordings()}
    return list(describe_presences(presences, recordings, stage.decoder, stage.ports.describers, views))


def test_the_same_clothes_are_alike(stage: StagedCase) -> None:
    """The walker is described alike on all cameras, and unlike every stranger."""
    by_id = {sighting.presence_id: sighting for sighting in describe(stage, stage.everybody)}
    walker = np.stack([by_id[presence.presence_id].embedding for presence in stage.walker])
    others = [each for each in stage.everybody if each not in stage.walker]
    strangers = np.stack([by_id[presence.presence_id].embedding for presence in others])
    assert (walker @ walker.T).min() > (walker @ strangers.T).max() + 0.2


def test_only_the_best_views_are_decoded(stage: StagedCase) -> None:
    """Two views of one presence cost two frames, and people seen in the same frame share its decoding."""
    describe(stage, stage.walker[:1], views=2)
    assert stage.decoder.decoded == 2
    stage.decoder.decoded = 0
    here = [each for each in stage.everybody if each.camera_id == "CAM01"]
    together = [replace(each, views=tuple(replace(view, pts=30) for view in each.views[:1])) for each in here]
    assert len(describe(stage, tuple(together))) == 2
    assert stage.decoder.decoded == 1


def test_presences_of_several_recordings_are_described_together(
    stage: StagedCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models are given the crops of many presences at once, and each presence gets what was made of its own."""
    alone = [describe(stage, (presence,))[0] for presence in stage.everybody]
    given: list[int] = []
    embed = ColourClothing.embed

    def counted(self, crops, silhouettes):  # type: ignore[no-untyped-def]
        given.append(len(crops))
        return embed(self, crops, silhouettes)

    monkeypatch.setattr(ColourClothing, "embed", counted)
    together = describe(stage, stage.everybody)
    assert len(stage.everybody) == 6
    assert given == [18]
    for one, same in zip(together, alone, strict=True):
        assert one.presence_id == same.presence_id
        assert np.array_equal(one.embedding, same.embedding)


def test_each_recording_is_read_once(stage: StagedCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the presences are ordered, each recording is read in one pass."""
    passes: list[str] = []
    read = stage.decoder.read_views

    def counted(recording, pts):  # type: ignore[no-untyped-def]
        passes.append(recording.camera_id)
        return read(recording, pts)

    monkeypatch.setattr(stage.decoder, "read_views", counted)
    mixed = stage.everybody[::2] + stage.everybody[1::2]
    assert len(describe(stage, mixed)) == 6
    assert sorted(passes) == ["CAM01", "CAM02", "CAM03"]


def test_what_a_sighting_says(stage: StagedCase) -> None:
    """A sighting has the presence's own place and time, a unit embedding that cannot be changed, and its views."""
    presence = stage.walker[0]
    (sighting,) = describe(stage, (presence,))
    assert (sighting.presence_id, sighting.camera_id) == (presence.presence_id, presence.camera_id)
    assert sighting.interval == presence.interval
    assert sighting.embedding.dtype == np.float32
    assert np.linalg.norm(sighting.embedding) == pytest.approx(1, abs=1e-6)
    assert not sighting.embedding.flags.writeable
    assert sighting.views_described == 3
    assert sighting.quality == pytest.approx((0.7 + 0.9 + 0.7) / 3)
    assert sighting.face_similarity is None


def test_better_views_weigh_more(stage: StagedCase) -> None:
    """The embedding is nearer to that of a good view than to that of a poor one."""
    walker, stranger = stage.presences["CAM01", 0], stage.presences["CAM01", 1]
    alone = {each.presence_id: each.embedding for each in describe(stage, (walker, stranger))}
    views = (replace(walker.views[2], quality=0.9), replace(stranger.views[2], quality=0.1, pts=walker.views[2].pts))
    (mixed,) = describe(stage, (replace(walker, views=views),))
    assert mixed.embedding @ alone[walker.presence_id] > mixed.embedding @ alone[stranger.presence_id] + 0.2


def viewed(*views: tuple[int, float]) -> Presence:
    """A presence with views of such moments and qualities."""
    return replace(stage_case().walker[0], views=tuple(View(pts, (0, 0, 9, 9), best, True) for pts, best in views))


@pytest.mark.parametrize(
    ("qualities", "count", "chosen"),
    [
        ([0.8, 0.8, 0.8, 0.8, 0.8], 3, [1, 3, 5]),
        ([0.8, 0.8, 0.9, 0.8, 0.8], 2, [1, 5]),
        ([0.2, 0.9, 0.5, 0.8, 0.1], 3, [2, 3, 4]),
        ([0.2, 0.9, 0.5, 0.8, 0.1], 1, [2]),
        ([0.2, 0.9, 0.5, 0.8, 0.1], 9, [1, 2, 3, 4, 5]),
    ],
)
def test_good_views_far_apart_in_order_of_time(qualities: list[float], count: int, chosen: list[int]) -> None:
    """Of equally good views the ones far apart are taken; poor ones only where they are far better placed."""
    presence = viewed(*enumerate(qualities, start=1))
    assert [view.pts for view in best_views(presence, count)] == chosen


def test_views_of_one_moment_are_chosen_by_quality() -> None:
    """Where nothing lies apart in time, the better views are taken."""
    chosen = best_views(viewed((4, 0.3), (4, 0.9), (4, 0.6)), 2)
    assert sorted(view.quality for view in chosen) == [0.6, 0.9]


def test_a_view_outside_the_picture_does_not_count(stage: StagedCase) -> None:
    """A box that lies outside the picture gives no view; with no other there is no sighting."""
    presence = stage.walker[0]
    outside = View(presence.views[2].pts, (-200.0, -200.0, -150.0, -100.0), 0.9, False)
    (sighting,) = describe(stage, (replace(presence, views=(presence.views[1], outside)),))
    assert sighting.views_described == 1
    assert describe(stage, (replace(presence, views=(outside,)),)) == []


def test_a_recording_that_is_not_known(stage: StagedCase) -> None:
    """A presence of a recording that is not in the catalogue is told, and nothing is described."""
    with pytest.raises(MissingError, match="not known"):
        describe(stage, (replace(stage.walker[0], recording_id="elsewhere"),))


def test_silhouettes_reach_the_clothing_description() -> None:
    """Where silhouettes are at hand, each crop is described with its own; otherwise with none."""

    class Halves:
        """A segmenter that calls the left half the person."""

        stamp = counting_describers().clothing.stamp

        def segment(self, crops):  # type: ignore[no-untyped-def]
            return [
                np.pad(np.ones((len(c), c.shape[1] // 2), np.float32), ((0, 0), (0, c.shape[1] - c.shape[1] // 2)))
                for c in crops
            ]

    plain, cut = ColourClothing(), ColourClothing()
    describe(stage_case(describers=replace(counting_describers(), clothing=plain)), stage_case().walker[:1])
    stage = stage_case(describers=replace(counting_describers(), clothing=cut, silhouette=Halves()))
    describe(stage, stage.walker[:1])
    assert plain.silhouettes == [None] * 3
    assert [silhouette.mean() > 0.3 for silhouette in cut.silhouettes if silhouette is not None] == [True] * 3


@pytest.mark.parametrize(
    ("readings", "state"),
    [([WORN] * 3, MaskState.WORN), ([WORN, NONE, WORN], MaskState.UNKNOWN), ([NONE], MaskState.NONE)],
)
def test_mask_state_over_views(readings: list[MaskReading], state: MaskState) -> None:
    """The mask state is what the views agree on, and unknown where they do not."""
    stage = stage_case(describers=counting_describers(0.4, readings), height_px=180.0)
    wholly_in_picture = replace(stage.walker[0], views=stage.walker[0].views[1:4])
    (sighting,) = describe(stage, (wholly_in_picture,))
    assert sighting.mask.state is state


def test_small_people_have_no_mask_state() -> None:
    """On people whose faces are under 24 pixels nothing is said about a mask."""
    stage = stage_case(describers=counting_describers(0.4, [WORN]))
    assert {sighting.mask for sighting in describe(stage, stage.everybody)} == {MaskReading()}


def test_no_face_is_embedded_without_consent(stage: StagedCase) -> None:
    """Without a proof of consent the face embedder is never called."""
    describe(stage, stage.everybody)
    assert stage.ports.describers.face_embedder is not None
    assert stage.ports.describers.face_embedder.consents == []  # type: ignore[attr-defined]
