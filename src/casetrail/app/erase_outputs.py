"""Destroying what was written out of a case: clips, reports, lists, previews, and whatever else lies in its folder."""

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from casetrail.app.gate import part_of
from casetrail.app.private_files import destroy_file, sync_folder
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.case_store import CaseStore
from casetrail.governance.cases import CaseState
from casetrail.model.errors import RefusedError


def erase_outputs(log: AuditLog, folder: Path, event: AuditEvent) -> int:
    """Destroy the folder of a case; returns how many files went. A link is removed, never followed."""
    if not folder.exists() and not folder.is_symlink():
        return 0
    files = find_files(folder)
    log.record(part_of(event, "outputs.erase", {"files": len(files)}))
    _remove(folder, files)
    sync_folder(folder.parent)
    return len(files)


def keep_output(store: CaseStore, case_id: str, *paths: Path) -> None:
    """Keep what was just written out of a case, unless the case began to close meanwhile: then it goes at once.

    Whoever closes changes the state first and destroys outputs after; whoever writes asks for the state afterwards.
    So nothing that was being written outlives its case. Raises RefusedError when it had to go.
    """
    state = store.read_case(case_id).state
    if state in (CaseState.CLOSING, CaseState.ERASED):
        destroy_files(paths)
        raise RefusedError(f"the case became {state} while this was written; it is destroyed", where=f"case {case_id}")


def find_files(folder: Path) -> list[Path]:
    """Files and links under a folder, which may itself be a link."""
    if folder.is_symlink():
        return [folder]
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def destroy_files(files: Iterable[Path]) -> None:
    """Overwrite and remove files; of a link only the link. One that somebody else removes meanwhile is gone as well."""
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            if path.is_symlink() or path.stat().st_nlink > 1:
                path.unlink()
            else:
                destroy_file(path)


def _remove(folder: Path, files: Iterable[Path]) -> None:
    """Destroy files and folder, though somebody may still write there: who does so asks afterwards (`keep_output`)."""
    destroy_files(files)
    for last in (False, False, True):
        if folder.is_symlink() or not folder.exists():
            return
        try:
            shutil.rmtree(folder)
        except OSError:
            if last:
                raise
            destroy_files(find_files(folder))
