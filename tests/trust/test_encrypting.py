"""An encrypted project: nothing personal is readable on disk, everything works as before, and what is wrong is said."""

import io
import random
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import update

from dod2oso.base import atrest, projectkey
from dod2oso.base.errors import ConfigurationError, Dod2osoError, LostLedgerError, TryLaterError, UsageError
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.ledger import engine, places
from dod2oso.ledger.engine import LEDGER_FILE
from dod2oso.ledger.safety import check, restore
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import project
from dod2oso.project.filled import Filled, Who
from dod2oso.supplement.edition import Edition
from dod2oso.trust import encrypting
from dod2oso.trust.audit import verify_project
from dod2oso.trust.destroy import destroy
from dod2oso.trust.encrypting import change_word, encrypt, new_recovery, rekey, show
from dod2oso.trust.proof import prove_dossier, prove_run
from dod2oso.trust.subject import gather
from tests.cli.kit import here
from tests.trust.killing import CHEAP, WORD, encrypted
from tests.trust.kit import convert, copy_of
from tests.trust.test_destroy import plan_of, rows

OTHER = "vijf woorden zonder zin"
LEFT_CLEAR = {"outbox"}  # for others: said in docs/afsluiten.md
CODES = {b"Onbekend", b"OPT-UIT"}  # words of OSO, that a report tells


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    projectkey.forget()


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encrypted before anything was in it, and converted since. Never written in: copy it."""
    out = encrypted(tmp_path_factory.mktemp("encrypted") / "out")
    convert(out, keep_supplements=True)
    return out


@pytest.fixture(name="out")
def _out(made: Path, tmp_path: Path) -> Path:
    out = copy_of(made, tmp_path / "out")
    opened(out)
    return out


def opened(out: Path, word: str = WORD) -> Path:
    projectkey.know(out / "project.key", projectkey.with_word(out / "project.key", word))
    return out


def dossiers(out: Path) -> dict[str, bytes]:
    return {path.name: atrest.read(path) for path in out.glob("dossiers/*/*/*.xml")}


def values(region: Path) -> set[bytes]:
    """Every value of a person in the dossiers: what no two schools share, and is long enough to be told from chance."""
    seen: dict[str, set[str]] = {}
    for path in region.glob("dossiers/*/*/*.xml"):
        for node in etree.parse(path).getroot().iter():
            text = (node.text or "").strip()
            if len(text) >= 6 and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):  # a date can be of anything
                seen.setdefault(text, set()).add(path.stem)
    return {text.encode() for text, where in seen.items() if len(where) == 1} - CODES


def in_the_clear(folder: Path, wanted: set[bytes]) -> set[str]:
    """The parts of a folder in whose bytes, also inside zips and in UTF-16, one of these values stands."""
    pattern = _any_of(frozenset(wanted))
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and any(pattern.search(data) for data in (path.name.encode(), *_bytes(path))):
            found.add(path.relative_to(folder).parts[0])
    return found


@cache
def _any_of(wanted: frozenset[bytes]) -> re.Pattern[bytes]:
    """One of these values, as it is or in UTF-16; where they begin alike that is looked at once for all of them."""
    forms = sorted({form for each in wanted for form in (each, _wide(each))})
    begins = groupby(forms, key=lambda form: form[:2])
    return re.compile(
        b"|".join(
            re.escape(two) + b"(?:" + b"|".join(re.escape(form[2:]) for form in same) + b")" for two, same in begins
        )
    )


def _wide(text: bytes) -> bytes:
    return text.decode().encode("utf-16-le")


def _bytes(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    yield data
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from map(archive.read, archive.namelist())


def test_no_byte_of_a_person_is_readable_but_in_what_is_for_others(region: Path, made: Path) -> None:
    wanted = values(region)
    assert len(wanted) > 250
    assert "dossiers" in in_the_clear(region, wanted)  # this walk finds what is there
    assert in_the_clear(made, wanted) <= LEFT_CLEAR
    keys = projectkey.with_word(made / "project.key", WORD)
    secrets = {keys.master, keys.pseudonyms, *keys.data.values()}
    assert in_the_clear(made, {each.hex().encode() for each in secrets}) == set()


def test_what_is_kept_apart_from_dossiers_is_sealed_too(out: Path, region: Path) -> None:
    atrest.atomic_write(out, out / "namen.csv", b"\xef\xbb\xbfnummer;naam\r\n")
    sealed = [each for each in ("aanvullingen.json", "namen.csv") if (out / each).read_bytes().startswith(atrest.MAGIC)]
    assert sealed == ["aanvullingen.json", "namen.csv"]
    kept = list(out.glob(f"{places.RECEIVED}/*/*"))
    assert kept and all(path.read_bytes().startswith(atrest.MAGIC) for path in kept)
    for path in (out / LEDGER_FILE, *out.glob(f"reservekopie/*/{LEDGER_FILE}")):
        assert not path.read_bytes().startswith(b"SQLite") and b"CREATE TABLE" not in path.read_bytes()
    assert b"CREATE TABLE" in (region / LEDGER_FILE).read_bytes()


def test_it_gives_the_dossiers_that_an_open_project_gives(made: Path, tmp_path: Path) -> None:
    """With the key of the encrypted one, so that the pupils have the same pseudonyms."""
    opened(made)
    plain = tmp_path / "plain"
    plain.mkdir()
    keys = projectkey.with_word(made / "project.key", WORD)
    (plain / "project.key").write_text(keys.pseudonyms.hex() + "\n")
    convert(plain, report=False)
    assert dossiers(plain) == dossiers(made)
    staged = {path.name: path.read_bytes() for path in plain.glob("outbox/*.xml")}
    assert staged and staged == {path.name: path.read_bytes() for path in made.glob("outbox/*.xml")}


def test_a_second_run_changes_nothing_and_counts_on_the_copy_of_the_supplement(out: Path) -> None:
    before, ledger = dossiers(out), [tuple(row) for row in rows(out)]
    convert(out, report=False, keep_supplements=True, supplements=())
    assert dossiers(out) == before and [tuple(row) for row in rows(out)] == ledger


def test_a_project_in_use_is_encrypted_and_gets_other_keys(region: Path, tmp_path: Path) -> None:
    out = copy_of(region, tmp_path / "out")
    before, ledger, wanted = dossiers(out), [tuple(row) for row in rows(out)], values(region)
    plain = (out / "project.key").read_bytes().strip()
    done = encrypt(out, WORD, "beheerder", cost=CHEAP)
    assert done.files > len(before) and in_the_clear(out, {*wanted, plain}) <= LEFT_CLEAR
    first = {path: path.read_bytes() for path in out.glob("dossiers/*/*/*.xml")}
    again = rekey(out, WORD, "beheerder", cost=CHEAP)
    assert again.files == done.files and again.recovery != done.recovery
    assert all(path.read_bytes() != data for path, data in first.items())
    assert dossiers(out) == before and [tuple(row) for row in rows(out)] == ledger
    with Ledger.open(out, create=False) as opened_ledger:
        check(opened_ledger)
        assert verify_project(opened_ledger).problems == []
    assert [word in (out / "audit.jsonl").read_text("ascii") for word in ('"encrypted"', '"rekeyed"')] == [True, True]
    projectkey.forget()
    for word in (done.recovery, OTHER):  # of before, and none
        with pytest.raises(UsageError):
            projectkey.with_word(out / "project.key", word)
    assert projectkey.with_word(out / "project.key", again.recovery)


def test_another_passphrase_and_another_code_take_the_place_of_the_one_before(out: Path) -> None:
    older = out / "reservekopie" / "2020-01-01"  # the copy of today is made anew with the ledger; this one is not
    older.mkdir()
    shutil.copyfile(out / "project.key", older / "project.key")
    key, copies = out / "project.key", list(out.glob("reservekopie/*/project.key"))
    assert len(copies) == 2
    change_word(out, WORD, OTHER, "beheerder", cost=CHEAP)
    code = new_recovery(out, OTHER, "beheerder", cost=CHEAP)
    for path in (key, *copies):
        assert projectkey.with_word(path, OTHER) == projectkey.with_word(path, code)
        with pytest.raises(UsageError):
            projectkey.with_word(path, WORD)
    change_word(out, code, WORD, "beheerder", cost=CHEAP)  # the passphrase was lost
    assert projectkey.with_word(key, WORD)
    with pytest.raises(UsageError) as raised:
        rekey(out, code, "beheerder", cost=CHEAP)
    assert raised.value.code == "rekey-needs-passphrase"
    with pytest.raises(UsageError, match="kort"):
        change_word(out, WORD, "te kort", "beheerder", cost=CHEAP)


@pytest.mark.skipif(sys.platform == "win32", reason="there a file that is open is not replaced")
def test_what_stood_there_before_is_overwritten(region: Path, tmp_path: Path) -> None:
    """Whoever still has a file of before open reads nothing of it: a name that is gone would not be enough."""
    out = copy_of(region, tmp_path / "out")
    day = next((out / "reservekopie").iterdir())
    strays = [  # of commands that were killed
        out / "dossiers" / "ready" / ".half.xml.1.tmp", day / ".ledger.sqlite.1.tmp",
        day / ".ledger.sqlite.1.tmp-journal", out / ".project.key.1.tmp",
    ]  # fmt: skip
    before = [out / LEDGER_FILE, next(out.glob("dossiers/ready/*/*.xml")), out / "project.key"]
    for stray in strays:
        stray.write_bytes(before[1].read_bytes())
    with ExitStack() as after:
        still = [after.enter_context(path.open("rb")) for path in (*before, *strays)]
        encrypt(out, WORD, "beheerder", cost=CHEAP)
        assert [file.read() for file in still] == [b""] * 7 and not any(stray.exists() for stray in strays)
        sealed = [after.enter_context(path.open("rb")) for path in before]
        rekey(out, WORD, "beheerder", cost=CHEAP)
        assert [file.read() for file in sealed] == [b""] * 3


def test_other_keys_are_kept_nowhere_and_a_plain_file_gets_none(
    out: Path, region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies readable among sealed files was not written by us: it does not become a dossier of ours."""
    forgotten: list[str] = []
    monkeypatch.setattr(encrypting, "forget_master", forgotten.append)
    path, other = sorted(out.glob("dossiers/ready/*/*.xml"))[:2]
    path.write_bytes(b"<dossier/>")
    done = rekey(out, WORD, "beheerder", cost=CHEAP)
    assert done.left == 1 and path.read_bytes() == b"<dossier/>" and atrest.read(other, out)
    assert forgotten == [projectkey.with_word(out / "project.key", WORD).project]


# --- what is wrong ---


def refusal(work: Any) -> str:
    with pytest.raises(Dod2osoError) as raised:
        work()
    return raised.value.code


def test_a_wrong_passphrase_changes_nothing(out: Path) -> None:
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name[0] != "."}
    for work in (
        lambda: rekey(out, OTHER, "x", cost=CHEAP), lambda: change_word(out, OTHER, WORD, "x"),
        lambda: new_recovery(out, OTHER, "x"),
    ):  # fmt: skip
        assert refusal(work) == "passphrase-wrong"
    assert {path: path.read_bytes() for path in before} == before


def test_closed_no_command_reads_or_writes(out: Path) -> None:
    projectkey.forget()
    for work in (lambda: Ledger.open(out, create=False), lambda: convert(out), lambda: dossiers(out)):
        assert refusal(work) == "project-encrypted"


@pytest.mark.parametrize("when", ["begun", "file", "ledger", "copies", "settled"])
@pytest.mark.parametrize("what", ["encrypt", "rekey"])
def test_broken_off_anywhere_it_says_so_and_the_same_again_finishes_it(
    what: str, when: str, region: Path, made: Path, tmp_path: Path
) -> None:
    out = copy_of(region if what == "encrypt" else made, tmp_path / "out")
    if what == "rekey":
        opened(out)
    before, times = dossiers(out), random.Random(when).randint(0, 3) if when == "file" else 0

    def stop(name: str) -> None:
        nonlocal times
        if name == when:
            times -= 1
            if times < 0:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        if what == "encrypt":
            encrypt(out, WORD, "x", cost=CHEAP, step=stop)
        else:
            rekey(out, WORD, "x", cost=CHEAP, step=stop)
    projectkey.forget()
    if atrest.is_encrypted(out):
        opened(out)
    if when in ("file", "ledger", "copies"):
        for work in (lambda: convert(out), lambda: Ledger.open(out, create=False)):
            assert refusal(work) == "encryption-unfinished"
    (out / ".ledger.sqlite.nieuw-journal").write_bytes(b"half")  # as SQLite may leave it when it is killed
    if when == "begun" and what == "encrypt":
        encrypt(out, WORD, "x", cost=CHEAP)
    elif when != "settled":
        done = rekey(out, WORD, "x", cost=CHEAP)
        assert projectkey.with_word(out / "project.key", done.recovery)
    assert dossiers(out) == before and in_the_clear(out, values(region)) <= LEFT_CLEAR
    assert when == "settled" or list(out.rglob(".ledger*")) == []
    convert(out, report=False)
    assert dossiers(out) == before


def test_exchanged_or_plain_dossiers_are_not_sent(out: Path) -> None:
    one, other = sorted(out.glob("dossiers/ready/*/*.xml"))[:2]
    ready = {row.dossier_id: row for row in rows(out)}
    was = one.read_bytes()
    for wrong in (other.read_bytes(), atrest.read(other), b"", was[:-1]):
        one.write_bytes(wrong)
        assert places.read_ready(out, ready[one.stem]) is None
    one.write_bytes(was)
    assert places.read_ready(out, ready[one.stem]) is not None


def test_a_key_file_of_another_project_or_damaged_is_said(out: Path, tmp_path: Path) -> None:
    key = out / "project.key"
    was = key.read_bytes()
    other = encrypted(tmp_path / "other")
    key.write_bytes((other / "project.key").read_bytes())
    assert refusal(lambda: Ledger.open(out, create=False)) == "ledger-not-opened"
    key.write_bytes(was[:-10])
    assert refusal(lambda: Ledger.open(out, create=False)) == "key-file-damaged"
    key.unlink()
    assert refusal(lambda: convert(out)) == "project-key-lost"
    key.write_bytes(was)
    with Ledger.open(out, create=False) as ledger:
        check(ledger)


def test_an_older_or_plain_ledger_that_was_put_back_is_said(out: Path, region: Path) -> None:
    older = (out / LEDGER_FILE).read_bytes()
    (out / LEDGER_FILE).write_bytes((region / LEDGER_FILE).read_bytes())
    assert refusal(lambda: convert(out)) == "ledger-not-encrypted"
    (out / LEDGER_FILE).write_bytes(older)
    rekey(out, WORD, "x", cost=CHEAP)
    newer = (out / LEDGER_FILE).read_bytes()
    (out / LEDGER_FILE).write_bytes(older)
    assert refusal(lambda: convert(out)) == "ledger-not-opened"
    (out / LEDGER_FILE).unlink()
    with pytest.raises(LostLedgerError):
        convert(out)
    restore(out)
    convert(out, report=False)
    assert newer[:16] != older[:16]


def test_a_ledger_that_another_process_holds_is_waited_for_once(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BUSY_SECONDS", 1)
    keys = projectkey.with_word(out / "project.key", WORD)
    with Ledger.open(out, create=False) as ledger, closing(engine.raw(out / LEDGER_FILE, keys)) as other:
        other.execute("BEGIN IMMEDIATE")
        for expected in (1000, 0):
            with ledger.read() as connection:
                assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == expected
            assert refusal(lambda: _write(ledger)) == "ledger-locked"


def _write(ledger: Ledger) -> None:
    with ledger.write() as connection:
        connection.execute(update(project).values(value=project.c.value))


def test_a_backup_of_before_with_newer_files_is_held_by_the_log(out: Path, tmp_path: Path) -> None:
    backup = copy_of(out, tmp_path / "backup")
    change_word(out, WORD, OTHER, "x", cost=CHEAP)
    shutil.copyfile(backup / LEDGER_FILE, out / LEDGER_FILE)
    with pytest.raises((ConfigurationError, TryLaterError)) as raised:
        convert(out)
    assert raised.value.code.startswith("audit")


def test_a_ledger_elsewhere_is_refused_and_nothing_is_written(out: Path, region: Path, tmp_path: Path) -> None:
    """A server need not be there for that, and a file elsewhere is as readable."""
    fresh = encrypted(tmp_path / "fresh")
    for target in ("postgresql://nobody@localhost:1/none", f"sqlite:///{tmp_path}/x.sqlite", tmp_path / "y.sqlite"):
        assert refusal(lambda target=target: Ledger.open(target, out)) == "encrypted-ledger-elsewhere"
        assert refusal(lambda target=target: convert(fresh, ledger=target)) == "encrypted-ledger-elsewhere"
    assert list(tmp_path.glob("*.sqlite")) == []
    used = copy_of(region, tmp_path / "used")
    (used / LEDGER_FILE).unlink()
    assert refusal(lambda: encrypt(used, WORD, "x", cost=CHEAP)).startswith("ledger-lost")
    shutil.rmtree(used / "reservekopie")  # of a ledger elsewhere there is no copy here
    assert refusal(lambda: encrypt(used, WORD, "x", cost=CHEAP)) == "encrypted-ledger-elsewhere"
    assert not atrest.is_encrypted(used)


# --- what else reads and writes ---


def test_a_school_is_destroyed_in_it(out: Path, region: Path) -> None:
    gone = {path.stem for path in out.glob("dossiers/*/99XB/*.xml")}
    others = {name: data for name, data in dossiers(out).items() if name.removesuffix(".xml") not in gone}
    done = destroy(out, plan_of(out, "school", "99XB"))
    assert gone and dossiers(out) == others and done.proof.exists()
    assert all(row.brin != "99XB" for row in rows(out))
    with Ledger.open(out, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []
    assert in_the_clear(out, values(region)) <= LEFT_CLEAR


def test_a_file_is_shown_and_the_log_tells(out: Path) -> None:
    path = next(iter(sorted(out.glob("dossiers/ready/*/*.xml"))))
    seen = io.BytesIO()
    show(out, path, seen, "beheerder")
    assert seen.getvalue().startswith(b"<?xml") and not path.read_bytes().startswith(b"<")
    assert '"file-shown"' in (out / "audit.jsonl").read_text("ascii")


def test_dossiers_in_it_are_validated_proved_and_given_to_a_pupil(out: Path, tmp_path: Path) -> None:
    path = next(iter(sorted(out.glob("dossiers/ready/*/*.xml"))))
    opened(out)
    assert here("validate", path).returncode == 0
    with Ledger.open(out, create=False) as ledger:
        prove_run(ledger, out, "x")
        proof = tmp_path / "proof.json"
        proof.write_bytes(prove_dossier(ledger, out, path.stem))
        gather(ledger, out, path.stem, tmp_path / "inzage", "nl")
    opened(out)
    assert here("proof", "verify", proof, "--dossier", path).returncode == 0
    assert (tmp_path / "inzage" / path.name).read_bytes() == atrest.read(path)


def test_what_is_typed_on_a_page_is_sealed_and_read_back(out: Path, tmp_path: Path) -> None:
    store = Filled(tmp_path / "aanvullingen", "POVO", "99XA", "00", out)
    store.folder.mkdir()
    edition = Edition.of(Pseudonyms(load_key(out)), "run")
    store.save(Who(leerlingid="7"), {"roepnaam": ("", "Wilhelmina")}, edition)
    assert store.path.read_bytes().startswith(atrest.MAGIC) and store.rows()[Who("7", "")]["roepnaam"] == "Wilhelmina"
    rekey(out, WORD, "x", cost=CHEAP, typed=[store.path])
    assert store.rows()[Who("7", "")]["roepnaam"] == "Wilhelmina"
    projectkey.forget()
    assert refusal(store.rows) in ("file-of-another-project", "project-encrypted")


def test_without_what_it_needs_it_says_what_to_install(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    assert refusal(lambda: Ledger.open(out, create=False)) == "encryption-extra-missing"
