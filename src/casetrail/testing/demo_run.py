"""Running the demonstration as a user does: the installed program, on sample footage, in a folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from casetrail.app.settings import Settings
from casetrail.testing.no_network import CutOff


@dataclass(frozen=True)
class DemoRun:
    """One finished demonstration: its installation, the case's pseudonym, the files it left, and how it was cut off."""

    settings: Settings
    case_id: str
    files: tuple[Path, ...]
    cut_off: CutOff | None = None


def run_demo(settings: Settings, *options: str, cut_off: CutOff | None = None) -> DemoRun:
    """Run `casetrail demo` with these settings; `settings.samples` must name the folder of the sample.

    `cut_off`: where nothing can be reached. Raises RuntimeError with the end of what it said when it fails.
    """
    printed = json.loads(run_casetrail(["demo", "--json", *options], settings, cut_off))
    return DemoRun(settings, printed["case_id"], tuple(Path(name) for name in printed["files"]), cut_off)


def run_casetrail(arguments: list[str], settings: Settings, cut_off: CutOff | None = None) -> str:
    """What `casetrail` prints. Raises RuntimeError with the end of what it said when it fails."""
    program = Path(sys.executable).with_name("casetrail")
    environment = {**os.environ, **settings_environment(settings)}
    command: list[str | Path] = [program, *arguments]
    if cut_off is not None:
        command, environment = [*cut_off.command(command)], {**environment, **cut_off.environment()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"casetrail {arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def settings_environment(settings: Settings) -> Mapping[str, str]:
    """The environment variables that give another process the same settings; without models only carried ones serve."""
    return {
        "CASETRAIL_DATA": str(settings.data),
        "CASETRAIL_CACHE": str(settings.cache),
        "CASETRAIL_MODELS": str(settings.models or settings.data / "no-models"),
        "CASETRAIL_SAMPLES": str(settings.samples or ""),
    }
