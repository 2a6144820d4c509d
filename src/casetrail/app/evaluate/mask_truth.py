"""Reading which faces wear a mask, for measuring mask states: folders of faces, and Pascal VOC annotations."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from casetrail.app.pictures import find_pictures
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.sightings.sightings import MaskState

VOC_STATES = {
    "with_mask": MaskState.WORN,
    "without_mask": MaskState.NONE,
    "mask_weared_incorrect": MaskState.BADLY,
}
MOST_BYTES = 1_000_000  # an annotation is a page of text; what is larger is something else


@dataclass(frozen=True)
class TrueFace:
    """A face and its true state. `xyxy` in pixels of the picture, or None: its largest face."""

    picture: Path
    state: MaskState
    xyxy: tuple[float, float, float, float] | None = None


def read_mask_truth(worn: Path | None, bare: Path | None, voc: Path | None) -> tuple[TrueFace, ...]:
    """Faces of two folders, of a VOC folder, or of both. Raises UsageError when there is nothing to read."""
    if (worn is None) is not (bare is None) or (worn is None and voc is None):
        raise UsageError("no faces are named", where="evaluate masks", todo="give --worn with --bare, or --voc")
    found = [] if worn is None else [TrueFace(path, MaskState.WORN) for path in find_pictures(worn)]
    found += [] if bare is None else [TrueFace(path, MaskState.NONE) for path in find_pictures(bare)]
    return (*found, *(() if voc is None else read_voc_faces(voc)))


def read_voc_faces(folder: Path) -> tuple[TrueFace, ...]:
    """Every object of the XML files below a folder; pictures are found below it by the name the annotation gives.

    Names: `with_mask`, `without_mask`, `mask_weared_incorrect`. Raises MissingError when there are none or a picture
    is missing, BadInputError when a file is no such annotation.
    """
    annotations = sorted(folder.rglob("*.xml")) if folder.is_dir() else []
    if not annotations:
        raise MissingError("no annotation in this folder", where=str(folder), todo="VOC annotations end in .xml")
    pictures = {path.name: path for path in find_pictures(folder)}
    return tuple(face for path in annotations for face in _faces(path, pictures))


def _faces(path: Path, pictures: dict[str, Path]) -> Iterable[TrueFace]:
    root = _root(path)
    name = root.findtext("filename", "").strip()
    if name not in pictures:
        raise MissingError("the picture of this annotation is not there", where=str(path), todo="put it beside")
    return [_face(element, pictures[name], path) for element in root.iter("object")]


def _root(path: Path) -> ElementTree.Element:
    text = path.read_text(encoding="utf-8", errors="replace").strip() if path.stat().st_size <= MOST_BYTES else ""
    try:
        if "<!" in text:  # entities could blow up, and no annotation has any
            raise ElementTree.ParseError
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise BadInputError("not a VOC annotation", where=str(path), todo="check the file") from error


def _face(element: ElementTree.Element, picture: Path, path: Path) -> TrueFace:
    name = element.findtext("name", "").strip()
    try:
        x1, y1, x2, y2 = (float(element.findtext(f"bndbox/{side}", "")) for side in ("xmin", "ymin", "xmax", "ymax"))
    except ValueError as error:
        raise BadInputError("a face without its box", where=str(path), todo="give xmin, ymin, xmax, ymax") from error
    if name not in VOC_STATES or not (x2 > x1 and y2 > y1):
        what = f"not a face with {', '.join(VOC_STATES)}"
        raise BadInputError(what, where=f"{path}: {name[:40]!r}", todo="mend the annotation")
    return TrueFace(picture, VOC_STATES[name], (x1, y1, x2, y2))
