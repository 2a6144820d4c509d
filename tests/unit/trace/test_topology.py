"""Distances between fields of view, at the scale of a square and at that of a city."""

import numpy as np
import pytest

from casetrail.footage.cameras import Camera
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon
from casetrail.trace.topology import DETOUR, build_topology, count_passed

HERE = LatLon(37.5, 126.8)


def camera(name, east_m=0.0, north_m=0.0, heading=None, hfov=None):
    """A camera so many metres from here."""
    return Camera(name, place=HERE.moved(east_m, north_m), heading_deg=heading, hfov_deg=hfov)


def test_far_cameras_are_as_far_apart_as_the_streets_make_them():
    """Straight line times the detour, what both see taken off."""
    gaps = build_topology([camera("A"), camera("B", east_m=400)]).gaps_m()
    assert gaps[0, 1] == pytest.approx((400 - 16) * DETOUR, rel=0.01)
    assert gaps[0, 1] == gaps[1, 0]
    assert gaps[0, 0] == 0


def test_neighbouring_views_meet():
    """Cameras a few metres apart have no way between them."""
    assert build_topology([camera("A"), camera("B", east_m=12)]).gaps_m()[0, 1] == 0


def test_cameras_on_one_mast_that_look_apart_do_not_meet():
    """Where a camera looks counts, not where it hangs."""
    topology = build_topology([camera("A", heading=0, hfov=40), camera("B", heading=180, hfov=40)])
    assert topology.gaps_m()[0, 1] > 5


def test_only_cameras_of_which_the_place_alone_is_known_may_look_anywhere():
    """Heading and angle tell where one looks; nothing is known of one without a place."""
    known, spot, angle, nowhere = camera("A", heading=0, hfov=40), camera("B"), camera("C", hfov=40), Camera("D")
    assert build_topology([known, spot, angle, nowhere]).looks_anywhere.tolist() == [False, True, True, False]


def test_a_narrow_lens_looks_farther():
    """A view of ten degrees is watched tens of metres away, one of ninety near by."""
    place = HERE.moved(0, 45)
    topology = build_topology([camera("NARROW", heading=0, hfov=10), camera("WIDE", heading=0, hfov=90)])
    narrow, wide = topology.gaps_to_place_m(place, 0.0)
    assert narrow < 15
    assert wide > 25


def test_a_camera_without_a_place_is_at_an_unknown_distance():
    """Nobody knows, so nothing is claimed."""
    topology = build_topology([camera("A"), Camera("B")])
    assert np.isnan(topology.gaps_m()[0, 1])
    assert np.isnan(topology.gaps_to_place_m(HERE, 10.0)[1])


def test_an_unknown_camera_is_named():
    """The error says which camera is missing."""
    with pytest.raises(BadInputError, match="NOBODY"):
        build_topology([camera("A")]).indices(["NOBODY"])


def test_cameras_on_the_way_are_counted():
    """Between the ends of a street lies its middle, and nothing lies between neighbours."""
    street = [camera("A"), camera("B", east_m=200), camera("C", east_m=400), camera("D", north_m=900)]
    passed = count_passed(build_topology(street).gaps_m())
    assert passed[0, 2] == 1
    assert passed[0, 1] == 0
