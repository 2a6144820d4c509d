"""What writing into the catalogue takes: the catalogue, and the gate that is asked first."""

from dataclasses import dataclass

from casetrail.app.desk_gate import DeskGate
from casetrail.footage.catalogue import Catalogue


@dataclass(frozen=True)
class CataloguePorts:
    """The catalogue of cameras and recordings, and the gate before it."""

    catalogue: Catalogue
    gate: DeskGate
