"""The network that learns: four residual blocks on 64x128 pixels, pooled in four bands from head to foot.

The first layers normalise half of their channels picture by picture (as IBN-Net does), so that a camera's colour
cast weighs less; the other half keeps absolute colour, which is what clothing is told by.
"""

import torch
from torch import Tensor, nn

BANDS, SIZE = 4, 256
STEM, WIDTHS = 48, (48, 96, 192, 192)
STRIDES, MIXED = (1, 2, 2, 1), (True, True, False, False)


class HalfInstance(nn.Module):
    """Instance normalisation of the first half of the channels, batch normalisation of the second."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.half = channels // 2
        self.instance = nn.InstanceNorm2d(self.half, affine=True)
        self.batch = nn.BatchNorm2d(channels - self.half)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps `(n, c, h, w)` of the same shape."""
        return torch.cat([self.instance(maps[:, : self.half]), self.batch(maps[:, self.half :])], dim=1)


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, inside: int, outside: int, stride: int, *, mixed: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = HalfInstance(outside) if mixed else nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.short: nn.Module = nn.Identity()
        if stride > 1 or inside != outside:
            self.short = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps `(n, inside, h, w)` to `(n, outside, h / stride, w / stride)`."""
        inner = torch.relu(self.first_norm(self.first(maps)))
        return torch.relu(self.second_norm(self.second(inner)) + self.short(maps))


class ClothingNetwork(nn.Module):
    """Crops `(n, 3, 128, 64)`, BGR 0..1, to vectors `(n, 256)`, not normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, STEM, 7, 4, 3, bias=False)
        self.stem_norm = HalfInstance(STEM)
        inside = (STEM, *WIDTHS[:-1])
        shapes = zip(inside, WIDTHS, STRIDES, MIXED, strict=True)
        self.blocks = nn.Sequential(*(Block(a, b, stride, mixed=mixed) for a, b, stride, mixed in shapes))
        self.head = nn.Linear(WIDTHS[-1] * BANDS, SIZE)

    def forward(self, crops: Tensor) -> Tensor:
        """Vectors of crops."""
        maps = self.blocks(torch.relu(self.stem_norm(self.stem(crops * 2 - 1))))
        bands = maps.reshape(*maps.shape[:2], BANDS, -1).mean(dim=3)
        return self.head(bands.flatten(1))
