"""Writes the weights that the package carries: `python export.py CHECKPOINT.pt OUT.npz`.

Batch normalisation is folded into the convolutions, which are kept as whole numbers of eight bits with a scale per
output channel. The file's sha256 goes into the catalogue of models.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch
from network import Block, ClothingNetwork, HalfInstance
from torch import nn

MOST = 127


def main(checkpoint: Path, out: Path) -> None:
    """Fold, round, write, and say the hash."""
    network = ClothingNetwork()
    network.load_state_dict(torch.load(checkpoint))
    arrays = {**_fold("stem", network.stem, network.stem_norm)}
    for number, block in enumerate(network.blocks):
        arrays |= _fold_block(f"block{number}", block)
    arrays |= _rounded("head", network.head.weight.detach().numpy())
    arrays["head.bias"] = network.head.bias.detach().numpy()
    np.savez_compressed(out, **arrays)
    sys.stdout.write(f"{hashlib.sha256(out.read_bytes()).hexdigest()} {out.stat().st_size} bytes\n")


def _fold_block(name: str, block: Block) -> dict[str, np.ndarray]:
    arrays = _fold(f"{name}.first", block.first, block.first_norm)
    arrays |= _fold(f"{name}.second", block.second, block.second_norm)
    if isinstance(block.short, nn.Sequential):
        arrays |= _fold(f"{name}.short", block.short[0], block.short[1])
    return arrays


def _fold(name: str, convolution: nn.Conv2d, norm: nn.Module) -> dict[str, np.ndarray]:
    """The convolution with what follows it."""
    weight = convolution.weight.detach().numpy()
    batch = norm.batch if isinstance(norm, HalfInstance) else norm
    factor = (batch.weight / torch.sqrt(batch.running_var + batch.eps)).detach().numpy()
    bias = batch.bias.detach().numpy() - batch.running_mean.numpy() * factor
    alone = len(weight) - len(factor)
    factor, bias = np.concatenate([np.ones(alone), factor]), np.concatenate([np.zeros(alone), bias])
    arrays = _rounded(name, weight * factor[:, None, None, None]) | {f"{name}.bias": bias.astype(np.float32)}
    if isinstance(norm, HalfInstance):
        arrays[f"{name}.gain"] = norm.instance.weight.detach().numpy()
        arrays[f"{name}.shift"] = norm.instance.bias.detach().numpy()
    return arrays


def _rounded(name: str, weight: np.ndarray) -> dict[str, np.ndarray]:
    scale = np.abs(weight).reshape(len(weight), -1).max(axis=1) / MOST
    rounded = np.rint(weight / np.maximum(scale, 1e-12).reshape(-1, *[1] * (weight.ndim - 1)))
    return {name: rounded.astype(np.int8), f"{name}.scale": scale.astype(np.float32)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
