"""A run, destroying a school, making a project and locking: killed at random moments and gone on with."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dod2oso.base import atrest, projectkey
from dod2oso.base.errors import UsageError
from dod2oso.base.folderlock import VAULT
from dod2oso.base.projectkey import Keys
from dod2oso.handover.envelope import set_recipient
from dod2oso.handover.send import publish
from dod2oso.ledger import audit_file, tables
from dod2oso.ledger.engine import DESTRUCTION
from dod2oso.ledger.safety import check, ledger_to_write_in
from dod2oso.ledger.store import Ledger
from dod2oso.project.init import make_project
from dod2oso.trust.audit import verify_project
from dod2oso.trust.closing import lock, unlock
from dod2oso.trust.destroy import Plan, destroy, prepare
from dod2oso.trust.encrypting import at_rest, change_word, encrypt, rekey
from tests.killing import Work, kill_at_random
from tests.trust.kit import convert, copy_of

SCHOOL = "99XB"
WORD, OTHER = "vier woorden zonder zin", "vijf woorden zonder zin"
CHEAP = 1 << 14  # as little work for a passphrase as is allowed


def kill_runs(region: Path, folder: Path, kills: int, chance: random.Random) -> None:
    """Each run that came to its end, however often it was killed, is the run that nobody killed."""
    wanted = dossiers(region)
    made: list[Path] = []

    def fresh() -> Work:
        for out in made[-1:]:
            whole(out, wanted)
        out = folder / f"run{len(made)}"
        out.mkdir()
        (out / "project.key").write_bytes((region / "project.key").read_bytes())
        made.append(out)
        return lambda: void(convert(out))

    kill_at_random(kills, chance, fresh)
    whole(made[-1], wanted)


def whole(out: Path, wanted: dict[str, Any]) -> None:
    """Every dossier in its place with its bytes, a sound ledger, a log in order, nothing half written."""
    assert dossiers(out) == wanted
    with Ledger.open(out, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []
    assert leftovers(out) == []


def dossiers(out: Path) -> dict[str, Any]:
    """State, school and bytes of each; what differs from run to run is not in it."""
    with Ledger.open(out, create=False) as ledger, ledger.read() as connection:
        rows = connection.execute(select(tables.dossiers.c.dossier_id, tables.dossiers.c.state, tables.dossiers.c.brin))
        found: dict[str, Any] = {row.dossier_id: [row.state, row.brin] for row in rows}
    for path in out.glob("dossiers/*/*/*.xml"):
        found[path.stem].append(atrest.read(path))
    return found


def leftovers(out: Path) -> list[str]:
    """Files under a temporary name."""
    return [path.name for path in out.rglob("*.tmp") if path.is_file()]


def kill_destructions(region: Path, folder: Path, gone: set[bytes], kills: int, chance: random.Random) -> None:
    """Each destruction that came to its end is complete: no byte of the school, and the others as they were."""
    others = {name: found for name, found in dossiers(region).items() if found[1] != SCHOOL}
    made: list[Path] = []

    def fresh() -> Work:
        for out in made[-1:]:
            destroyed(out, gone, others)
        out = copy_of(region, folder / f"destroyed{len(made)}")
        made.append(out)
        with Ledger.open(out, create=False) as ledger:
            plan = prepare(ledger, "school", SCHOOL, account="beheerder", why="doel-bereikt")
        return lambda: void(destroy(out, Plan.read(out) or plan) if not proofs(out) else None)

    kill_at_random(kills, chance, fresh)
    destroyed(made[-1], gone, others)


def destroyed(out: Path, gone: set[bytes], others: dict[str, Any]) -> None:
    assert not (out / DESTRUCTION).exists() and len(proofs(out)) == 1
    assert [path.name for path, data in files(out) if any(word in data for word in gone)] == []
    assert dossiers(out) == others
    with Ledger.open(out, create=False) as ledger:
        check(ledger)
        assert verify_project(ledger).problems == []
    assert leftovers(out) == []


def proofs(out: Path) -> list[Path]:
    return [] if (out / DESTRUCTION).exists() else list(out.glob("vernietigd-*.txt"))


def files(out: Path) -> Iterator[tuple[Path, bytes]]:
    for path in out.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def kill_makings(folder: Path, kills: int, chance: random.Random) -> None:
    """Each project that was made in the end has every file whole."""
    make_project(folder / "wanted", ["POVO"], name="Regio")
    wanted = {path.name: data for path, data in files(folder / "wanted")}
    made: list[Path] = []

    def fresh() -> Work:
        for project in made[-1:]:
            assert {path.name: data for path, data in files(project)} == wanted
        made.append(folder / f"project{len(made)}")
        project = made[-1]
        return lambda: void(make_project(project, ["POVO"], name="Regio"))

    kill_at_random(kills, chance, fresh)


def kill_locks(region: Path, folder: Path, kills: int, chance: random.Random) -> None:
    """Locking and unlocking lose nothing, and whenever a folder is locked nothing lies beside the vault."""
    before = content(region)
    made: list[Path] = []

    def fresh() -> Work:
        made.append(copy_of(region, folder / f"locked{len(made)}"))
        out = made[-1]

        def work() -> None:
            lock(out, lambda: WORD, "beheerder", cost=CHEAP)
            assert content(out).keys() == {VAULT}
            unlock(out, WORD, "beheerder")
            assert content(out) == before
            with Ledger.open(out, create=False) as ledger:
                check(ledger)
                assert verify_project(ledger).problems == []

        return work

    kill_at_random(kills, chance, fresh)


def content(out: Path) -> dict[str, bytes]:
    """All files but the log and the ledger, in which locking and unlocking are lines, and who holds the folder."""
    ledger = ("ledger.sqlite", ".dod2oso")
    return {
        path.relative_to(out).as_posix(): data
        for path, data in files(out)
        if path.name != audit_file.FILE and not path.name.startswith(ledger)
    }


def void(_result: object) -> None:
    """A piece of work answers nothing."""


def kill_keys(region: Path, folder: Path, kills: int, chance: random.Random) -> None:
    """Encrypting a project in use and giving it other keys, killed and gone on with, loses nothing."""
    wanted = dossiers(region)
    made: list[Path] = []

    def fresh() -> Work:
        for out in made[-1:]:
            closed(out, wanted)
        made.append(copy_of(region, folder / f"keys{len(made)}"))
        out = made[-1]

        def work() -> None:
            if atrest.is_encrypted(out):
                opened(out)
            else:
                encrypted(out)
            void(rekey(out, WORD, "beheerder", cost=CHEAP))

        return work

    kill_at_random(kills, chance, fresh)
    closed(made[-1], wanted)


def kill_encrypted_runs(region: Path, folder: Path, kills: int, chance: random.Random) -> None:
    """A run in an encrypted project that is made in the same breath: as `kill_runs`."""
    wanted = dossiers(region)
    made: list[Path] = []

    def fresh() -> Work:
        for out in made[-1:]:
            closed(out, wanted)
        out = folder / f"encrypted{len(made)}"
        out.mkdir()
        (out / "project.key").write_bytes((region / "project.key").read_bytes())
        made.append(out)

        def work() -> None:
            if not atrest.is_encrypted(out):
                encrypted(out)
            elif opened(out).pending:
                void(rekey(out, WORD, "beheerder", cost=CHEAP))
            convert(out, report=False)  # killed in the midst of that: `kill_runs`

        return work

    kill_at_random(kills, chance, fresh)
    closed(made[-1], wanted)


def kill_words(sealed: Path, folder: Path, kills: int, chance: random.Random) -> None:
    """Changing the passphrase to and fro: one of the two opens it at every moment, and at the end no copy the other."""
    wanted, key = dossiers_closed(sealed), "project.key"
    made: list[Path] = []

    def word_of(out: Path) -> str:
        projectkey.forget()
        return WORD if _opens(out / key, WORD) else OTHER

    def fresh() -> Work:
        for out in made[-1:]:
            word = word_of(out)
            projectkey.know(out / key, projectkey.with_word(out / key, word))
            whole(out, wanted)
            assert all(path.read_bytes() == (out / key).read_bytes() for path in out.glob(f"reservekopie/*/{key}"))
            assert not _opens(out / key, OTHER if word == WORD else WORD)
            projectkey.forget()
        made.append(copy_of(sealed, folder / f"words{len(made)}"))
        out = made[-1]

        def work() -> None:
            word = word_of(out)
            change_word(out, word, OTHER if word == WORD else WORD, "beheerder", cost=CHEAP)

        return work

    kill_at_random(kills, chance, fresh)


def _opens(path: Path, word: str) -> bool:
    try:
        projectkey.with_word(path, word)
    except UsageError:
        return False
    return True


def dossiers_closed(out: Path) -> dict[str, Any]:
    """`dossiers` of an encrypted project; this process knows its keys no longer."""
    opened(out)
    found = dossiers(out)
    projectkey.forget()
    return found


def kill_recipients(region: Path, folder: Path, certificate: Path, kills: int, chance: random.Random) -> None:
    """The outbox becomes one for a reader, and readable again: at the end each dossier lies there once, in one form."""
    made: list[Path] = []
    there = sorted(path.stem for path in region.glob("outbox/*.xml"))

    def fresh() -> Work:
        for out in made[-1:]:
            forms = {each: sorted(path.name.removesuffix(each)[:16] for path in out.glob(f"outbox/*{each}"))
                     for each in (".xml", ".xml.p7m", ".json")}  # fmt: skip
            assert forms[".json"] == [name[:16] for name in there]
            assert sorted((forms[".xml"], forms[".xml.p7m"])) == [[], forms[".json"]]
            assert [path for path in out.glob("outbox/.*/*") if path.is_file()] == []
            with Ledger.open(out, create=False) as ledger:
                check(ledger)
                assert verify_project(ledger).problems == []
        made.append(copy_of(region, folder / f"recipient{len(made)}"))
        out = made[-1]

        def work() -> None:
            for reader in (certificate, None, certificate):
                with ledger_to_write_in(out, out, "recipient") as ledger:
                    set_recipient(ledger, reader, "beheerder")
                    run_id = ledger.last_run()
                    assert run_id is not None
                    publish(ledger, run_id, out)

        return work

    kill_at_random(kills, chance, fresh)


def closed(out: Path, wanted: dict[str, Any]) -> None:
    """Whole, and everything sealed with the one key there is."""
    keys = opened(out)
    whole(out, wanted)
    assert not keys.pending and list(keys.data) == [keys.current]
    for path in at_rest(out):
        assert path.read_bytes()[:20] == atrest.MAGIC + bytes.fromhex(keys.project + keys.current)
    assert list(out.rglob(".ledger.sqlite*")) == []
    projectkey.forget()


def opened(out: Path) -> Keys:
    """Let this process know the keys of a project, whatever it knew before."""
    projectkey.forget()
    keys = projectkey.with_word(out / "project.key", WORD)
    projectkey.know(out / "project.key", keys)
    return keys


def encrypted(out: Path, **more: Any) -> Path:
    """Encrypt a project, and let this process know its keys."""
    encrypt(out, WORD, "beheerder", cost=CHEAP, **more)
    return out
