"""OpenVINO on the processor: a model read once, compiled for each input shape that is asked for, kept in memory."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

from casetrail.adapters.openvino_models.byte_input import read_bytes
from casetrail.adapters.openvino_models.quantised import Ranges, quantise
from casetrail.model.arrays import Array, Floats
from casetrail.model.errors import IntegrityError

MOST_SHAPES = 16  # compiled shapes kept per model; recordings have few, crops are brought to fixed sizes
LATENCY, THROUGHPUT = "LATENCY", "THROUGHPUT"  # one input on all threads, or several side by side


class Network:
    """A model file ready to run. `threads` of the processor; 0 lets the runtime choose. `read` reads what is no
    model by itself. `ranges` (see `quantised.find_ranges`): its convolutions run in 8-bit integers, and it reads bytes,
    channels last (see `byte_input`).

    The rest runs in 32-bit floats: left alone, the runtime picks bfloat16 on processors that have it, and the
    same picture would give other numbers on another machine. Raises IntegrityError when the file does not load.
    """

    def __init__(
        self,
        path: Path,
        threads: int = 0,
        read: Callable[[Path], Any] | None = None,
        ranges: Ranges | None = None,
    ) -> None:
        self._path, self._threads, self._read, self._ranges = path, threads, read, ranges
        self._compiled: OrderedDict[tuple[str, tuple[int, ...]], Any] = OrderedDict()

    def run(self, batch: Array) -> dict[str, Floats]:
        """Outputs by name for one input of any shape the model can be reshaped to."""
        compiled = self._compile(batch.shape, LATENCY)
        try:
            answers = compiled(np.ascontiguousarray(batch), share_inputs=True)
        except RuntimeError as error:
            raise self._broken(error) from error
        return {_plain(name): np.asarray(answers[port]) for port in compiled.outputs for name in port.get_names()}

    def run_each(self, batches: Sequence[Array]) -> list[dict[str, Floats]]:
        """The same for any number of inputs of one shape, in their order, several side by side on few threads each:
        small networks keep no more busy. What comes out for one does not hang on the others.
        """
        if not batches:
            return []
        compiled = self._compile(batches[0].shape, THROUGHPUT)
        count = min(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"), len(batches))
        try:
            requests = [compiled.create_infer_request() for _ in range(count)]
            answers = []
            for at, batch in enumerate(batches):
                if at >= count:
                    answers.append(_finished(requests[at % count]))
                requests[at % count].start_async(np.ascontiguousarray(batch))
            return answers + [_finished(requests[at % count]) for at in range(len(answers), len(batches))]
        except RuntimeError as error:
            raise self._broken(error) from error

    @cached_property
    def _core(self) -> Any:
        return ov.Core()

    @cached_property
    def _model(self) -> Any:
        model = self._core.read_model(str(self._path)) if self._read is None else self._read(self._path)
        return model if self._ranges is None else read_bytes(quantise(model, self._ranges))

    def _compile(self, shape: tuple[int, ...], hint: str) -> Any:
        key = hint, shape
        if key in self._compiled:
            self._compiled.move_to_end(key)
            return self._compiled[key]
        options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": hint}
        if self._threads:
            options["INFERENCE_NUM_THREADS"] = str(self._threads)
        try:
            model = self._model.clone()
            model.reshape(list(shape))
            self._compiled[key] = self._core.compile_model(model, "CPU", options)
        except RuntimeError as error:
            raise self._broken(error) from error
        if len(self._compiled) > MOST_SHAPES:
            self._compiled.popitem(last=False)
        return self._compiled[key]

    def _broken(self, error: RuntimeError) -> IntegrityError:
        why = str(error).strip().splitlines()[-1][:120]
        return IntegrityError(
            f"the model cannot be run ({why})", where=str(self._path), todo="run `casetrail models check`"
        )


def _finished(request: Any) -> dict[str, Floats]:
    """Outputs of a request by name, copied: it may go on with another input."""
    request.wait()
    answers = {port: request.get_tensor(port).data.copy() for port in request.model_outputs}
    return {_plain(name): answer for port, answer in answers.items() for name in port.get_names()}


def _plain(name: str) -> str:
    """`detection_boxes:0` is `detection_boxes`."""
    return name.split(":", maxsplit=1)[0]
