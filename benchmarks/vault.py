"""How writing and reading a case vault grows with its records; prints JSON.

    python benchmarks/vault.py [--records 40000] [--batch 64] [--folder DIR]

Writes half of the records, then the other half, in batches; `growth` is the time of the second half over that of the
first (1.0 is linear), `read_s` the time to read all of them.
"""

import argparse
import json
import secrets
import tempfile
import time
from pathlib import Path

from casetrail.adapters.vault_files import KeyFile, VaultFiles
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.testing.fake_audit_log import FakeAuditLog

CASE, KIND, SIZE = "C-BENC-HMRK", "sightings", 1600
EVENT = AuditEvent(Actor("benchmark", Role.INVESTIGATOR), "benchmark", CASE)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=40_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        vault = VaultFiles(Path(name) / "vault", KeyFile(Path(name) / "keys" / "kek"), FakeAuditLog())
        vault.create_case(CASE, audit=EVENT)
        half = asked.records // 2
        first, second = (_write(vault, start, half, asked.batch) for start in (0, half))
        began = time.perf_counter()
        records = len(vault.read_records(CASE, KIND))
        read_s = time.perf_counter() - began
        files = [path for path in (Path(name) / "vault" / CASE).iterdir() if path.stat().st_size > 0]
    print(
        json.dumps(
            {
                "records": records,
                "record_bytes": SIZE,
                "batch": asked.batch,
                "growth": round(second / first, 2),
                "write_us_per_record": round((first + second) / records * 1e6, 1),
                "read_s": round(read_s, 3),
                "files": len(files),
            }
        )
    )


def _write(vault: VaultFiles, start: int, count: int, batch: int) -> float:
    data = secrets.token_bytes(SIZE)
    began = time.perf_counter()
    for at in range(start, start + count, batch):
        ids = range(at, min(at + batch, start + count))
        vault.write_records(CASE, KIND, {f"{number:020x}": data for number in ids}, audit=EVENT)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
