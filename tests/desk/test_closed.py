"""An encrypted project: made on a page, closed to who has no passphrase, and nothing typed is lost by that."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dod2oso.base import atrest, projectkey
from dod2oso.base.files import write_private
from dod2oso.base.folderlock import VAULT
from dod2oso.base.pseudonym import KEY_FILE
from dod2oso.desk.closed import WORD
from dod2oso.ledger.engine import is_plain
from tests.corpus.kit import pupil, reference
from tests.desk.kit import Caller, Said, running
from tests.desk.test_deliveries import drop, until
from tests.desk.test_english import dutch

PASSPHRASE = "vier losse woorden hier"  # noqa: S105  of a project that holds nobody
OUT = "dod2oso-out/POVO"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No other test's keys, no terminal, and no place where the system keeps any."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    projectkey.forget()
    projectkey.ask_with(None)
    yield
    projectkey.forget()


def make(caller: Caller, folder: Path, word: str, again: str) -> Said:
    return caller.post("/make", name="Geheim", folder=str(folder), transfer="POVO", word=word, again=again)


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project that was made on the page, and its recovery code."""
    folder = tmp_path_factory.mktemp("geheim")
    with running(folder) as caller:
        caller.enter()
        page = make(caller, folder / "project", PASSPHRASE, PASSPHRASE)
    found = re.search(r"([A-Z2-9]{5}-){5}[A-Z2-9]{5}", page.words)
    assert page.status == 200 and found and PASSPHRASE not in page.text
    return folder / "project", found[0]


@pytest.fixture(name="shut")
def _shut(made: tuple[Path, str], tmp_path: Path) -> Iterator[tuple[Caller, Path, str]]:
    """A server that knows no key of it; the address of its transfer."""
    project = Path(shutil.copytree(made[0], tmp_path / "project"))
    with running(tmp_path, project) as caller:
        entered = caller.raw("GET", caller.entrance.partition(caller.server.address)[2], caller.good())
        caller.cookie = entered.headers["Set-Cookie"].partition(";")[0]
        caller.csrf = re.findall(r'name="csrf" value="([^"]+)"', caller.get("/").text)[0]
        yield caller, project, f"/p/{next(iter(caller.server.desk._known))}/POVO"


def unlock(caller: Caller, at: str, word: str, to: str = "") -> Said:
    return caller.post(at.removesuffix("/POVO") + "/unlock", **{WORD: word, "to": to})


def test_a_project_made_behind_a_passphrase_is_encrypted_and_says_its_code_once(made: tuple[Path, str]) -> None:
    project, code = made
    assert atrest.is_encrypted(project / OUT)
    written = b"".join(path.read_bytes() for path in project.rglob("*") if path.is_file())
    assert code.encode() not in written and PASSPHRASE.encode() not in written


@pytest.mark.parametrize(("word", "again", "said"), [
    (PASSPHRASE, "", "niet gelijk"), ("", PASSPHRASE, "niet gelijk"), ("kort", "kort", "te kort"),
])  # fmt: skip
def test_a_passphrase_that_was_mistyped_or_is_short_makes_nothing(
    tmp_path: Path, word: str, again: str, said: str
) -> None:
    with running(tmp_path) as caller:
        caller.enter()
        page = make(caller, tmp_path / "nieuw", word, again)
        assert page.status == 409 and said in page.words and not (tmp_path / "nieuw").exists()
        assert word in ("", "kort") or word not in page.text
        assert make(caller, tmp_path / "nieuw", "", "").status == 200  # none at all is a choice
        assert not atrest.is_encrypted(tmp_path / "nieuw" / OUT)


def test_every_page_asks_for_the_passphrase_and_goes_on_where_one_was(shut: tuple[Caller, Path, str]) -> None:
    caller, _project, at = shut
    for page in ("deliveries", "decide", "run", "schools", "fill", "handover", "report", ""):
        assert "Geef de wachtzin van dit project" in caller.get(f"{at}/{page}".rstrip("/")).words, page
    wrong = unlock(caller, at, "een andere wachtzin", f"{at}/run")
    assert wrong.status == 409 and "Dit is niet de wachtzin" in wrong.words and f'value="{at}/run"' in wrong.text
    assert "een andere" not in wrong.text
    opened = unlock(caller, at, PASSPHRASE, f"{at}/run")
    assert opened.title.startswith("Omzetten") and "Nu sluiten" in opened.words
    elsewhere = caller.send(at.removesuffix("/POVO") + "/unlock", **{WORD: PASSPHRASE, "to": "//example.org"})
    assert elsewhere.headers["Location"] == at.removesuffix("/POVO")
    caller.post(at.removesuffix("/POVO") + "/lock")
    assert "Geef de wachtzin" in caller.get(f"{at}/run").words


def test_the_recovery_code_opens_it_too(shut: tuple[Caller, Path, str], made: tuple[Path, str]) -> None:
    caller, _project, at = shut
    assert "Omzetten" in unlock(caller, at, made[1].lower().replace("-", " "), f"{at}/run").title


def test_what_was_typed_when_it_closed_is_kept_once_it_is_open(shut: tuple[Caller, Path, str]) -> None:
    caller, _project, at = shut
    asked = caller.post(f"{at}/deliveries/pin", pin="1234")
    assert "wordt bewaard zodra het project open is" in asked.words
    assert caller.server.desk.pins(at.split("/")[2]) == []
    again = caller.post(f"{at}/deliveries/pin", **{"pin": "1234", WORD: "een andere wachtzin"})
    assert again.status == 409 and 'name="pin" value="1234"' in again.text
    assert "Bestanden" in caller.post(f"{at}/deliveries/pin", **{"pin": "1234", WORD: PASSPHRASE}).title
    assert caller.server.desk.pins(at.split("/")[2]) == ["1234"]


def test_a_run_beside_the_pages_gets_the_keys_and_leaves_nothing_readable(shut: tuple[Caller, Path, str]) -> None:
    caller, project, at = shut
    assert drop(caller, ("a.xml", reference(pupil(1), pupil(2)).encode())).status == 409  # files are not kept
    assert not list((project / "exports").iterdir())
    unlock(caller, at, PASSPHRASE)
    drop(caller, ("a.xml", reference(pupil(1), pupil(2)).encode()))
    caller.post(f"{at}/run")
    page = until(lambda: caller.get(f"{at}/run"), lambda said: 'id="bezig"' not in said.text)
    assert "Klaar met omzetten" in page.words
    assert not is_plain(project / OUT / "ledger.sqlite")
    assert all(path.read_bytes().startswith(atrest.MAGIC) for path in (project / OUT / "dossiers").rglob("*.xml"))
    assert "2" in caller.get(f"{at}/schools").words


def test_after_ten_minutes_without_anybody_the_key_is_forgotten(shut: tuple[Caller, Path, str]) -> None:
    caller, _project, at = shut
    desk = caller.server.desk
    assert "Omzetten" in unlock(caller, at, PASSPHRASE, f"{at}/run").title
    desk._stirred -= 10 * 60.0 + 1
    caller.headers = {"X-Again": "1"}  # a script that asks the same page again is nobody
    stirred = desk._stirred
    caller.get(f"{at}/run")
    assert desk._stirred == stirred
    caller.headers = {}
    assert "Geef de wachtzin" in caller.get(f"{at}/run").words
    unlock(caller, at, PASSPHRASE)
    assert "Geef de wachtzin" in caller.get("/locked").words + caller.get(f"{at}/run").words  # as the screen locks


def test_a_damaged_key_file_and_a_locked_folder_say_what_to_do(shut: tuple[Caller, Path, str]) -> None:
    caller, project, at = shut
    key = project / OUT / KEY_FILE
    whole = key.read_bytes()
    write_private(key, whole[:-40] + b"0" * 40)
    page = caller.get(f"{at}/run")
    assert page.status == 409 and "is beschadigd" in page.words and "reservekopie" in page.words
    assert "is beschadigd" in unlock(caller, at, PASSPHRASE).words
    assert "Geheim" in caller.get("/").words  # the list stands
    write_private(key, whole)
    (project / OUT / VAULT).write_bytes(b"x")
    page = caller.get(f"{at}/run")
    assert page.status == 409 and "afgesloten" in page.words and "dod2oso unlock" in page.words


def test_one_school_is_asked_too(made: tuple[Path, str], tmp_path: Path) -> None:
    with running(tmp_path, made[0], school="99XX") as caller:
        first = caller.enter()
        assert "Geef de wachtzin" in caller.get(first.headers["Location"]).words


def test_in_english_it_says_so_in_english(made: tuple[Path, str], tmp_path: Path) -> None:
    with running(tmp_path, made[0], lang="en") as caller:
        asked = caller.get(caller.enter().headers["Location"])
        made_here = make(caller, tmp_path / "own", PASSPHRASE, PASSPHRASE)
        assert made_here.status == 200
        for said in (asked, made_here, caller.get("/")):
            assert [text for text in dutch() if text in said.words] == []
