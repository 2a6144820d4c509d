"""Reading a still picture."""

from pathlib import Path

import cv2
import numpy as np

from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, MissingError


def read_image(path: Path) -> Image:
    """The BGR pixels `(h, w, 3)` of a picture file. Raises MissingError or BadInputError."""
    try:
        content = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise MissingError("the picture cannot be read", where=str(path), todo="check the path") from error
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if image is None:
        raise BadInputError("not a picture that can be read", where=str(path), todo="use PNG or JPEG")
    pixels: Image = np.asarray(image, dtype=np.uint8)
    return pixels
