"""The map that a trace works on, from the catalogue: what cameras see of the ground, and how people walk."""

import numpy as np

from casetrail.footage.cameras import Camera
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.plane_on_map import lay_on_map, view_outline
from casetrail.footage.streets import StreetGraph
from casetrail.model.arrays import Doubles
from casetrail.model.errors import MissingError
from casetrail.trace.streets import streets_of_cameras
from casetrail.trace.topology import FARTHEST_M, Topology, build_topology

HERE = np.zeros(2)


def read_topology(catalogue: Catalogue) -> Topology:
    """Every camera's view; of a calibrated camera with a heading and a recording, what it really sees of the ground.

    Raises MissingError when no camera is known.
    """
    cameras = catalogue.read_cameras()
    if not cameras:
        raise MissingError("no camera is known", todo="import cameras with `casetrail cameras import FILE`")
    outlines = {camera.camera_id: _outline(camera, catalogue) for camera in cameras if _is_laid(camera)}
    return build_topology(cameras, {name: corners for name, corners in outlines.items() if corners is not None})


def read_street_graph(catalogue: Catalogue, topology: Topology) -> StreetGraph:
    """The streets that were imported, on the topology's plane; without them straight ways between cameras.

    Raises BadInputError when there are neither streets nor places of cameras.
    """
    streets = catalogue.read_streets()
    if streets is None or topology.origin is None:
        return streets_of_cameras(topology)
    return streets.seen_from(topology.origin)


def _is_laid(camera: Camera) -> bool:
    return camera.ground is not None and camera.heading_deg is not None and camera.place is not None


def _outline(camera: Camera, catalogue: Catalogue) -> Doubles | None:
    """What a camera sees, in metres from itself; None without a recording, or when its plane cannot be laid down."""
    recording = next(iter(catalogue.read_recordings(camera.camera_id)), None)
    if recording is None:
        return None
    picture_wh = (recording.media.width, recording.media.height)
    laid = lay_on_map(camera, HERE, picture_wh)
    return None if laid is None else view_outline(laid, HERE, picture_wh, FARTHEST_M)
