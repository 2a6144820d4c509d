"""Teaches the network: `python train.py SHARDS_FOLDER CHECKPOINT.pt MINUTES [SEED [RATE]]`, one thread.
Goes on from the checkpoint when it is there.

Loss: one minus the cosine to the teacher's vector of the picture as it was before `cameras.film`, and how the
network ranks a thousand other people against how the teacher ranks them. What is kept is a running average of the
weights. The learning rate follows the clock, so that the run ends when it should on a machine of any speed. Shards
that appear meanwhile are used too. The shard with the highest number is not learnt from, only measured on.
"""

import copy
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from cameras import film, plain
from network import ClothingNetwork
from torch import Tensor
from torch.nn import functional

BATCH, OTHERS, SHARD = 48, 1024, 512
DECAY, WARM = 0.02, 0.03
SHARPNESS, AVERAGE = 0.08, 0.99
SAVE_EVERY_S = 180


def main(folder: Path, checkpoint: Path, minutes: float, seed: int = 0, rate: float = 2e-3) -> None:
    """Train for so many minutes of wall time, saving the averaged weights every few."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(seed)
    rng, network = np.random.default_rng(seed), ClothingNetwork().to(memory_format=torch.channels_last)
    if checkpoint.exists():
        network.load_state_dict(torch.load(checkpoint))
    average = copy.deepcopy(network).eval()
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=DECAY)
    shards, start, saved, step = Shards(folder), time.monotonic(), time.monotonic(), 0
    losses = []
    while (done := (time.monotonic() - start) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate * min(done / WARM, 0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
        crops, answers = shards.draw(rng)
        loss = _loss(_run(network, crops), answers, shards.draw_answers(rng))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        _average(average, network, min(AVERAGE, step / (step + 20)))
        losses.append(loss.item())
        step += 1
        if time.monotonic() - saved > SAVE_EVERY_S:
            saved = time.monotonic()
            torch.save(average.state_dict(), checkpoint)
            _log(done, step, losses, shards, average)
            losses = []
    torch.save(average.state_dict(), checkpoint)
    _log(1.0, step, losses, shards, average)


class Shards:
    """The pictures at hand, growing while `teach.py` works."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._held, self._asked = folder, {}, 0
        held_out = np.load(max(folder.glob("?????.npz")))
        self._held_out = max(folder.glob("?????.npz"))
        self.unseen = np.stack([plain(one) for one in held_out["pictures"]]), held_out["answers"].astype(np.float32)

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, Tensor]:
        """A batch of filmed pictures and the teacher's answers."""
        if self._asked % 200 == 0:
            self._look()
        self._asked += 1
        shards = list(self._held.values())
        chosen = [(shards[rng.integers(len(shards))], int(rng.integers(SHARD))) for _ in range(BATCH)]
        crops = np.stack([film(pictures[at], rng) for (pictures, _), at in chosen])
        return crops, torch.from_numpy(np.stack([answers[at] for (_, answers), at in chosen]).astype(np.float32))

    def draw_answers(self, rng: np.random.Generator) -> Tensor:
        """The teacher's answers about so many others."""
        shards = list(self._held.values())
        chosen = [shards[rng.integers(len(shards))][1] for _ in range(OTHERS // SHARD)]
        return torch.from_numpy(np.concatenate(chosen).astype(np.float32))

    def __len__(self) -> int:
        return SHARD * len(self._held)

    def _look(self) -> None:
        for path in self._folder.glob("?????.npz"):
            if path not in self._held and path != self._held_out:
                shard = np.load(path)
                self._held[path] = shard["pictures"], shard["answers"]


def _run(network: ClothingNetwork, crops: np.ndarray) -> Tensor:
    images = torch.from_numpy(crops).permute(0, 3, 1, 2).float().div_(255)  # stays channels last
    with torch.autocast("cpu", torch.bfloat16):
        vectors = network(images)
    return functional.normalize(vectors.float(), dim=1)


def _loss(vectors: Tensor, answers: Tensor, others: Tensor) -> Tensor:
    alike = 1 - (vectors * answers).sum(dim=1).mean()
    everyone = torch.cat([answers, others])
    own, wanted = vectors @ everyone.T / SHARPNESS, answers @ everyone.T / SHARPNESS
    ranks = functional.kl_div(own.log_softmax(1), wanted.log_softmax(1), reduction="batchmean", log_target=True)
    return alike + 0.5 * ranks


@torch.no_grad()
def _average(average: ClothingNetwork, network: ClothingNetwork, keep: float) -> None:
    for mean, now in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)


@torch.no_grad()
def _log(done: float, step: int, losses: list[float], shards: Shards, average: ClothingNetwork) -> None:
    """One line: progress, loss, and on the unseen shard the cosine to the teacher and how alike similarities are."""
    crops, answers = shards.unseen
    vectors = torch.cat([_run(average, crops[at : at + 128]) for at in range(0, len(crops), 128)]).numpy()
    upper = np.triu_indices(len(crops), 1)
    agree = np.corrcoef((vectors @ vectors.T)[upper], (answers @ answers.T)[upper])[0, 1]
    cosine = (vectors * answers).sum(axis=1).mean()
    learnt = f"{done:.3f} step {step} pictures {len(shards)} loss {np.mean(losses):.4f}"
    sys.stdout.write(f"{learnt} cosine {cosine:.4f} agree {agree:.4f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    seed = int(sys.argv[4]) if sys.argv[4:] else 0
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), seed, *map(float, sys.argv[5:]))
