"""Asks the teacher: `python teach.py PEOPLE.npz MODELS FOLDER SHARDS [SEED]` writes shards of dressed people.

A shard holds 512 pictures `(512, 160, 80, 3)` and what the teacher, person-reidentification-retail-0277, says of
each one's person box (float16 `(512, 256)`, length 1). One in eight pictures is a person as filmed.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import openvino as ov
from dress import BOTTOM, TOP, People, dress

SHARD, AS_FILMED = 512, 0.12
TEACHER = "person_reid/person-reidentification-retail-0277.xml"


def main(people_file: str, models: Path, folder: Path, shards: int, seed: int) -> None:
    """Write so many shards, each under its own seed; those that are there already stay."""
    people = People.read(people_file)
    # Half precision is enough for answers to learn from, and nearly twice as fast where the processor has it.
    options = {"INFERENCE_NUM_THREADS": "1", "PERFORMANCE_HINT": "LATENCY"}
    teacher = ov.Core().compile_model(str(models / TEACHER), "CPU", options)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(seed, seed + shards):
        path = folder / f"{number:05}.npz"
        if not path.exists():
            _write_shard(path, people, teacher, np.random.default_rng(number))


def _write_shard(path: Path, people: People, teacher: ov.CompiledModel, rng: np.random.Generator) -> None:
    pictures = np.stack([_picture(people, rng) for _ in range(SHARD)])
    answers = np.stack([ask(teacher, picture) for picture in pictures])
    waiting = path.with_suffix(".part.npz")
    np.savez(waiting, pictures=pictures, answers=answers.astype(np.float16))
    waiting.rename(path)


def _picture(people: People, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < AS_FILMED:
        return people.crops[rng.choice(len(people.crops), p=people.chances)]
    return dress(people, rng)


def ask(teacher: ov.CompiledModel, picture: np.ndarray) -> np.ndarray:
    """The teacher's unit vector of the person box of a crop."""
    box = cv2.resize(picture[TOP:BOTTOM, 8:72], (128, 256), interpolation=cv2.INTER_LINEAR)
    vector = teacher(box.transpose(2, 0, 1)[None].astype(np.float32))[0].reshape(-1)
    return vector / np.linalg.norm(vector)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]) if sys.argv[5:] else 0)
