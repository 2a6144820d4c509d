"""`casetrail evaluate reid|faces|masks`: measuring what describes people, on pictures with known answers."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from casetrail import bootstrap
from casetrail.app.clock import utc_now_us
from casetrail.app.evaluate.faces import consent_for_evaluation, evaluate_faces, read_pairs
from casetrail.app.evaluate.mask_truth import read_mask_truth
from casetrail.app.evaluate.masks import evaluate_masks
from casetrail.app.evaluate.reid import ReidOptions, evaluate_reid
from casetrail.model.errors import MissingError, UsageError
from casetrail.model.models import AccuracyClass
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    print_json,
    print_table,
    progress_console,
    settings_for,
)


def reid(
    query: Annotated[Path, typer.Option(help="Folder of query pictures; identity = name of the folder they lie in.")],
    gallery: Annotated[Path, typer.Option(help="Folder of gallery pictures.")],
    split_prefix: Annotated[
        str, typer.Option(help="QUERY,GALLERY: how file names start, where one folder holds both.")
    ] = "",
    accuracy: Annotated[AccuracyClass, typer.Option(help="Which clothing embedder.")] = AccuracyClass.DEFAULT,
    views: Annotated[int, typer.Option(min=1, help="Pictures of a person that one description is the mean of.")] = 1,
    centre: Annotated[
        bool, typer.Option(help="Take out what each side's crowd has in common, as tracing does for each camera.")
    ] = True,
    with_silhouette: Annotated[bool, typer.Option(help="Keep background out with the silhouette.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Re-identification by clothing: CMC rank-1 and rank-5, mAP, and what the similarities look like."""
    embedder, segmenter = bootstrap.open_clothing_models(settings_for(data), accuracy, with_silhouette=with_silhouette)
    read, options = bootstrap.open_image_reader(), ReidOptions(views, centre)
    with _progress("embedding") as tell:
        result = evaluate_reid(
            query, gallery, _prefixes(split_prefix), embedder, read, tell, options, silhouette=segmenter
        )
    _show(result, as_json, "reid")


def faces(
    pairs: Annotated[
        Path, typer.Option(help="CSV with the columns file_x, file_y, Decision (Yes or No), perhaps masked (0-2).")
    ],
    images: Annotated[Path, typer.Option(help="Folder that the file names start from.")],
    consent_statement: Annotated[
        str, typer.Option(help="Under which terms these faces may be compared: data set, licence, consent given.")
    ],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Face comparison on labelled pairs. The statement's hash is written beside the numbers; no vector is kept."""
    consent = consent_for_evaluation(consent_statement, utc_now_us())
    models = bootstrap.open_describers(settings_for(data))
    if models.faces is None or models.face_embedder is None:
        raise _not_here("face detector or face embedding")
    read = bootstrap.open_image_reader()
    with _progress("comparing") as tell:
        result = evaluate_faces(read_pairs(pairs), images, models.faces, models.face_embedder, read, consent, tell)
    _show(result, as_json, "faces")
    if not as_json and result.by_mask:
        print_table([dataclasses.asdict(row) for row in result.by_mask], title="by faces with a mask")


def masks(
    worn: Annotated[Path | None, typer.Option(help="Folder of faces with a mask.")] = None,
    bare: Annotated[Path | None, typer.Option(help="Folder of bare faces.")] = None,
    voc: Annotated[Path | None, typer.Option(help="Folder of pictures with Pascal VOC annotations of faces.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mask state: right, unknown and wrong, for the pictures as they are and with faces shrunk to set widths."""
    models = bootstrap.open_describers(settings_for(data))
    if models.faces is None or models.masks is None:
        raise _not_here("face detector or mask classifier")
    truth = read_mask_truth(worn, bare, voc)
    with _progress("reading masks") as tell:
        result = evaluate_masks(truth, models.faces, models.masks, bootstrap.open_image_reader(), tell)
    _show(result, as_json, "masks")
    if not as_json:
        rows = [result.large, *result.by_size]
        print_table(
            [dataclasses.asdict(size) for size in rows], title="as they are above 24 px, and by width of the face"
        )
        print_table([dataclasses.asdict(row) for row in result.by_confidence], title="claimed and right")


def _prefixes(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(parts):
        raise UsageError(f"not two prefixes: {text!r}", where="--split-prefix", todo="write it like 01,02")
    return parts[0], parts[1]


def _show(result: Any, as_json: bool, title: str) -> None:
    if as_json:
        print_json(result)
        return
    values = dataclasses.asdict(result)
    rows = [{"measure": name, "value": value} for name, value in values.items() if not isinstance(value, dict | tuple)]
    print_table(rows, title=title)


def _not_here(what: str) -> MissingError:
    return MissingError(
        f"no model is here: {what}", where="models", todo="`casetrail models pull`, or set CASETRAIL_MODELS"
    )


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=progress_console, transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, whole: shown.update(task, completed=done, total=whole)
