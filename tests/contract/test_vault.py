"""The CaseVault contract on files and the fake, and what only files and keys can suffer."""

import shutil
import threading
from pathlib import Path

import pytest

from casetrail.adapters.vault_files import KeyFile, VaultFiles
from casetrail.adapters.vault_files.chunks import ChunkFiles
from casetrail.adapters.vault_files.contents import Chunk
from casetrail.app.private_files import replace_file
from casetrail.model.errors import BadInputError, IntegrityError, MissingError
from casetrail.sightings.vault import CaseVault
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.contracts.vault import CASE, OTHER, CaseVaultContract
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_vault import FakeVault

SECRET = b"somebody said something, 9d2e"


@pytest.fixture
def audit_log() -> FakeAuditLog:
    """The log that a vault records to."""
    return FakeAuditLog()


@pytest.fixture
def files(tmp_path: Path, audit_log: FakeAuditLog) -> VaultFiles:
    """A vault in files."""
    return VaultFiles(tmp_path / "vault", KeyFile(tmp_path / "keys" / "kek"), audit_log)


@pytest.fixture
def filled(files: VaultFiles) -> VaultFiles:
    """A vault in files with two cases and three records in two kinds each."""
    for case_id in (CASE, OTHER):
        files.create_case(case_id, audit=make_event())
        files.write_records(case_id, "anchors", {"1": SECRET, "2": b"two"}, audit=make_event())
        files.write_records(case_id, "answers", {"1": b"yes"}, audit=make_event())
    return files


class TestVaultFiles(CaseVaultContract):
    """The vault in files."""

    @pytest.fixture
    def vault(self, files: VaultFiles) -> CaseVault:
        return files


class TestFakeVault(CaseVaultContract):
    """The vault in memory."""

    @pytest.fixture
    def vault(self, audit_log: FakeAuditLog) -> CaseVault:
        return FakeVault(audit_log)


def _chunks(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name not in {"key", "contents", "lock"})


def test_files_show_nothing(filled: VaultFiles, tmp_path: Path) -> None:
    """Neither bytes nor names of the files tell a record, an id or a kind, and only the owner may read them."""
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() + path.name.encode() for path in files)
    assert not any(word in everything for word in (SECRET, b"anchors", b"answers"))
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_every_changed_bit_is_found(filled: VaultFiles, tmp_path: Path) -> None:
    """A flipped bit anywhere in any file of a case is an integrity failure, never other records."""
    for path in [item for item in (tmp_path / "vault" / CASE).iterdir() if item.name != "lock"]:
        original = path.read_bytes()
        for at in range(len(original)):
            path.write_bytes(original[:at] + bytes([original[at] ^ 1 << at % 8]) + original[at + 1 :])
            with pytest.raises(IntegrityError):
                filled.verify_case(CASE)
        path.write_bytes(original)
    assert filled.verify_case(CASE) == 3


def test_every_cut_file_is_found(filled: VaultFiles, tmp_path: Path) -> None:
    """A file cut at any length, or longer than it was, is an integrity failure."""
    for path in [item for item in (tmp_path / "vault" / CASE).iterdir() if item.name != "lock"]:
        original = path.read_bytes()
        for changed in [original[:length] for length in range(len(original))] + [original + b"\x00"]:
            path.write_bytes(changed)
            with pytest.raises(IntegrityError):
                filled.verify_case(CASE)
        path.write_bytes(original)


def test_swapped_files_are_found(filled: VaultFiles, tmp_path: Path) -> None:
    """Two files of one case that changed names are found, although the same key sealed them."""
    first, second = _chunks(tmp_path / "vault" / CASE)
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    with pytest.raises(IntegrityError):
        filled.read_records(CASE, "anchors")
    with pytest.raises(IntegrityError):
        filled.read_records(CASE, "answers")


def test_files_of_another_case_are_found(filled: VaultFiles, tmp_path: Path) -> None:
    """The whole folder of another case, its wrapped key with it, cannot stand in for a case."""
    shutil.rmtree(tmp_path / "vault" / CASE)
    shutil.copytree(tmp_path / "vault" / OTHER, tmp_path / "vault" / CASE)
    with pytest.raises(IntegrityError):
        filled.read_records(CASE, "anchors")


def test_a_removed_file_is_missed(filled: VaultFiles, tmp_path: Path) -> None:
    """A file of records that was taken away is missed; it does not look like fewer records."""
    for path in _chunks(tmp_path / "vault" / CASE):
        path.unlink()
    with pytest.raises(IntegrityError, match="missing"):
        filled.read_records(CASE, "anchors")


def test_an_older_file_of_records_does_not_come_back(filled: VaultFiles, tmp_path: Path) -> None:
    """A replaced record's old file is gone, and putting it back changes nothing."""
    folder = tmp_path / "vault" / CASE
    old = {path.name: path.read_bytes() for path in _chunks(folder)}
    filled.write_records(CASE, "anchors", {"1": b"new"}, audit=make_event())
    replaced = old.keys() - {path.name for path in _chunks(folder)}
    assert len(replaced) == 1
    for name in replaced:
        (folder / name).write_bytes(old[name])
    assert filled.read_records(CASE, "anchors") == {"1": b"new", "2": b"two"}


def test_another_key_does_not_open(filled: VaultFiles, tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """With another installation's key a case is neither readable nor silently empty."""
    other = KeyFile(tmp_path / "other" / "kek")
    other.create()
    vault = VaultFiles(tmp_path / "vault", other, audit_log)
    assert not vault.has_case(CASE)
    with pytest.raises(IntegrityError, match="does not open"):
        vault.read_records(CASE, "anchors")
    with pytest.raises(IntegrityError):
        vault.write_records(CASE, "anchors", {"1": b"new"}, audit=make_event())


def test_a_lost_key_is_told_and_not_replaced(filled: VaultFiles, tmp_path: Path) -> None:
    """When the installation's key is gone, reading says so, and a new case does not make a new key in its place."""
    key = tmp_path / "keys" / "kek"
    key.unlink()
    with pytest.raises(MissingError, match="kek"):
        filled.read_records(CASE, "anchors")
    with pytest.raises(MissingError):
        filled.create_case("C-CCCC-4444", audit=make_event())
    assert not key.exists()
    assert not filled.has_case(CASE)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(filled: VaultFiles, tmp_path: Path, mode: int) -> None:
    """A key file that the group or the world may read is not used."""
    (tmp_path / "keys" / "kek").chmod(mode)
    with pytest.raises(IntegrityError, match="read by others"):
        filled.read_records(CASE, "anchors")


def test_the_key_is_made_closed_and_away_from_the_vault(filled: VaultFiles, tmp_path: Path) -> None:
    """The first case makes a key of 32 bytes that only the owner may read, outside the vault's folder."""
    key = tmp_path / "keys" / "kek"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes()) == 32
    assert key.read_bytes() not in b"".join(path.read_bytes() for path in (tmp_path / "vault").rglob("*/*"))


def test_two_cases_have_two_keys(filled: VaultFiles, tmp_path: Path) -> None:
    """Each case has a key of its own."""
    keys = [
        KeyFile(tmp_path / "keys" / "kek").unwrap((tmp_path / "vault" / c / "key").read_bytes(), where=c)
        for c in (CASE, OTHER)
    ]
    assert len(set(keys)) == 2


def test_erasing_leaves_no_file(filled: VaultFiles, tmp_path: Path) -> None:
    """Nothing of an erased case stays in the vault's folder."""
    filled.erase_case(CASE, audit=make_event())
    assert [path.name for path in (tmp_path / "vault").iterdir()] == [OTHER]


def test_without_its_key_a_copy_is_worthless(filled: VaultFiles, tmp_path: Path) -> None:
    """Files that somebody copied before the erasure cannot be read afterwards."""
    folder = tmp_path / "vault" / CASE
    copies = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "key"}
    filled.erase_case(CASE, audit=make_event())
    filled.create_case(CASE, audit=make_event())
    for name, data in copies.items():
        (folder / name).write_bytes(data)
    with pytest.raises(IntegrityError):
        filled.read_records(CASE, "anchors")


def test_a_damaged_case_can_be_erased(filled: VaultFiles, tmp_path: Path) -> None:
    """Damage does not keep a case from being erased."""
    (tmp_path / "vault" / CASE / "contents").write_bytes(b"spoilt")
    filled.erase_case(CASE, audit=make_event())
    assert not (tmp_path / "vault" / CASE).exists()


def test_a_cut_off_erasure_goes_on(filled: VaultFiles, tmp_path: Path) -> None:
    """An erasure that ended after the key went is finished by the next one."""
    (tmp_path / "vault" / CASE / "key").unlink()
    with pytest.raises(MissingError):
        filled.read_records(CASE, "anchors")
    filled.erase_case(CASE, audit=make_event())
    assert not (tmp_path / "vault" / CASE).exists()


@pytest.mark.parametrize("step", ["casetrail.adapters.vault_files.vault.replace_file"])
def test_a_cut_off_write_changes_nothing(
    filled: VaultFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A write that ends before its table of contents is replaced leaves all earlier records and, later, no file."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = _chunks(tmp_path / "vault" / CASE)
    monkeypatch.setattr(step, stop)
    with pytest.raises(KeyboardInterrupt):
        filled.write_records(CASE, "anchors", {"1": b"new", "3": b"three"}, audit=make_event())
    monkeypatch.undo()
    assert filled.read_records(CASE, "anchors") == {"1": SECRET, "2": b"two"}
    assert len(_chunks(tmp_path / "vault" / CASE)) == len(before) + 1
    filled.write_records(CASE, "answers", {"2": b"no"}, audit=make_event())
    assert len(_chunks(tmp_path / "vault" / CASE)) == len(before) + 1
    assert filled.read_records(CASE, "anchors") == {"1": SECRET, "2": b"two"}


def _cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_after_an_exchange_the_old_key_opens_nothing(
    filled: VaultFiles, tmp_path: Path, audit_log: FakeAuditLog
) -> None:
    """A copy of the key file from before the exchange does not open any case, and no second key file stays."""
    old = tmp_path / "stolen" / "kek"
    old.parent.mkdir()
    shutil.copy2(tmp_path / "keys" / "kek", old)
    assert VaultFiles(tmp_path / "vault", KeyFile(old), audit_log).has_case(CASE)
    assert filled.change_key(audit=make_event()) == 2
    assert not VaultFiles(tmp_path / "vault", KeyFile(old), audit_log).has_case(CASE)
    assert filled.verify_case(CASE) == 3
    assert not (tmp_path / "keys" / "kek.next").exists()


def test_the_old_key_is_overwritten(filled: VaultFiles, tmp_path: Path) -> None:
    """The bytes of the old key are overwritten in place: another name for its file shows it."""
    key = tmp_path / "keys" / "kek"
    before = key.read_bytes()
    (tmp_path / "other-name").hardlink_to(key)
    filled.change_key(audit=make_event())
    assert before not in {path.read_bytes() for path in (key, tmp_path / "other-name")}


@pytest.mark.parametrize("after", range(4))
def test_a_cut_off_exchange_goes_on(
    filled: VaultFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, audit_log: FakeAuditLog
) -> None:
    """Whatever step it ended before, every case stays readable, a case can be opened, and the next exchange ends it."""
    old = (tmp_path / "keys" / "kek").read_bytes()
    steps = iter([replace_file] * after)

    def stepping(path: Path, data: bytes) -> None:
        next(steps, _cut_off)(path, data)

    monkeypatch.setattr("casetrail.adapters.vault_files.vault.replace_file", stepping)
    if after >= 2:
        monkeypatch.setattr("casetrail.adapters.vault_files.kek.destroy_by", _cut_off)
    with pytest.raises(KeyboardInterrupt):
        filled.change_key(audit=make_event())
    monkeypatch.undo()
    filled.create_case("C-CCCC-4444", audit=make_event())
    again = VaultFiles(tmp_path / "vault", KeyFile(tmp_path / "keys" / "kek"), audit_log)
    assert [again.verify_case(case_id) for case_id in (CASE, OTHER, "C-CCCC-4444")] == [3, 3, 0]
    assert again.change_key(audit=make_event()) == 3
    assert [again.verify_case(case_id) for case_id in (CASE, OTHER, "C-CCCC-4444")] == [3, 3, 0]
    assert (tmp_path / "keys" / "kek").read_bytes() != old
    assert not (tmp_path / "keys" / "kek.next").exists()


def test_work_goes_on_while_the_key_is_exchanged(filled: VaultFiles, tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """While the key is exchanged again and again, others read, write, open and erase cases without a fault."""
    faults, ended = list[BaseException](), threading.Event()

    def work(number: int) -> None:
        vault = VaultFiles(tmp_path / "vault", KeyFile(tmp_path / "keys" / "kek"), audit_log)
        case_id = f"C-WORK-{number}"
        try:
            while not ended.is_set():
                vault.create_case(case_id, audit=make_event())
                vault.write_records(case_id, "anchors", {"1": b"one"}, audit=make_event())
                assert vault.read_records(case_id, "anchors") == {"1": b"one"}
                assert vault.read_records(CASE, "answers") == {"1": b"yes"}
                vault.erase_case(case_id, audit=make_event())
        except BaseException as error:  # noqa: BLE001  whatever it is, the test fails with it
            faults.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    for _ in range(8):
        filled.change_key(audit=make_event())
    ended.set()
    for worker in workers:
        worker.join()
    assert faults == []
    assert filled.verify_case(CASE) == 3


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    """A file with a passphrase."""
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery\n")
    path.chmod(0o600)
    return path


def test_a_passphrase_protects_the_key(tmp_path: Path, audit_log: FakeAuditLog, passphrase: Path) -> None:
    """With a passphrase the key file alone opens nothing; the wrong passphrase, a short one or none is told."""
    kek = tmp_path / "keys" / "kek"
    vault = VaultFiles(tmp_path / "vault", KeyFile(kek, passphrase, cost=2**10), audit_log)
    vault.create_case(CASE, audit=make_event())
    vault.write_records(CASE, "anchors", {"1": SECRET}, audit=make_event())
    again = VaultFiles(tmp_path / "vault", KeyFile(kek, passphrase), audit_log)
    assert again.read_records(CASE, "anchors") == {"1": SECRET}
    with pytest.raises(MissingError, match="PASSPHRASE"):
        VaultFiles(tmp_path / "vault", KeyFile(kek), audit_log).read_records(CASE, "anchors")
    passphrase.write_text("incorrect horse battery")
    with pytest.raises(IntegrityError, match="does not open"):
        VaultFiles(tmp_path / "vault", KeyFile(kek, passphrase), audit_log).read_records(CASE, "anchors")
    passphrase.write_text("short")
    with pytest.raises(BadInputError, match="fewer"):
        VaultFiles(tmp_path / "vault", KeyFile(kek, passphrase), audit_log).read_records(CASE, "anchors")


def test_a_key_gets_a_passphrase_and_loses_it(
    filled: VaultFiles, tmp_path: Path, audit_log: FakeAuditLog, passphrase: Path
) -> None:
    """An exchange puts the key under a passphrase, and another takes it away; the cases stay readable."""
    kek = tmp_path / "keys" / "kek"
    VaultFiles(tmp_path / "vault", KeyFile(kek, cost=2**10), audit_log).change_key(
        audit=make_event(), passphrase=passphrase
    )
    assert len(kek.read_bytes()) > 32
    with pytest.raises(MissingError):
        filled.verify_case(CASE)
    protected = VaultFiles(tmp_path / "vault", KeyFile(kek, passphrase), audit_log)
    assert protected.verify_case(CASE) == 3
    protected.change_key(audit=make_event())
    assert len(kek.read_bytes()) == 32
    assert filled.verify_case(CASE) == 3


def test_a_passphrase_that_others_may_read_is_refused(
    tmp_path: Path, audit_log: FakeAuditLog, passphrase: Path
) -> None:
    """The file with the passphrase is as private as the key."""
    passphrase.chmod(0o644)
    with pytest.raises(IntegrityError, match="read by others"):
        VaultFiles(tmp_path / "vault", KeyFile(tmp_path / "keys" / "kek", passphrase), audit_log).create_case(
            CASE, audit=make_event()
        )


def test_a_replaced_record_leaves_no_older_file(filled: VaultFiles, tmp_path: Path) -> None:
    """The file that held a replaced record is rewritten, however many files the kind has by then."""
    folder = tmp_path / "vault" / CASE
    for number in range(30):
        filled.write_records(CASE, "sightings", {str(number): b"a"}, audit=make_event())
    before = set(_chunks(folder))
    filled.write_records(CASE, "sightings", {str(number): b"b" for number in range(30)}, audit=make_event())
    after = set(_chunks(folder))
    assert len(after - before) == 1
    assert len(before & after) == 2
    assert set(filled.read_records(CASE, "sightings").values()) == {b"b"}


def test_records_of_one_id_kind_or_case_do_not_stand_in_for_another(filled: VaultFiles, tmp_path: Path) -> None:
    """Sealed bytes open under their own case, kind and file name only, even with the right data key."""
    key = KeyFile(tmp_path / "keys" / "kek").unwrap((tmp_path / "vault" / CASE / "key").read_bytes(), where=CASE)
    folder = tmp_path / "vault" / CASE
    own = {kind: ChunkFiles(folder, key, {}).add(kind, f"name-{kind}", {"1": SECRET}) for kind in ("a", "b")}
    assert ChunkFiles(folder, key, {}).read("a", own["a"]) == {"1": SECRET}
    shutil.copy(folder / "name-a", folder / "elsewhere")
    other = tmp_path / "vault" / OTHER
    shutil.copy(folder / "name-a", other / "name-a")
    wrong = [
        (folder, "b", own["a"]),
        (folder, "a", Chunk("elsewhere", 1)),
        (folder, "a", Chunk("name-a", 2)),
        (other, "a", own["a"]),
    ]
    for place, kind, chunk in wrong:
        with pytest.raises(IntegrityError):
            ChunkFiles(place, key, {}).read(kind, chunk)


@pytest.mark.parametrize("case_id", ["../keys", "a/b", "", ".", "C" * 65])
def test_a_case_id_is_no_path(files: VaultFiles, case_id: str) -> None:
    """An id that could lead out of the vault's folder is refused."""
    with pytest.raises(BadInputError):
        files.create_case(case_id, audit=make_event())
