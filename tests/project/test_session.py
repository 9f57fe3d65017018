"""The session of the manual, typed as it stands there: from an empty folder to mails, from workbooks to staged."""

import csv
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import pyzipper

from tests.cli.kit import dod2oso
from tests.corpus.kit import pupil, reference, write
from tests.project.kit import SCHOOLS
from tests.project.region import filled

MANUAL = Path(__file__).resolve().parents[2] / "docs/handleiding.md"
OUT = Path("dod2oso-out/POVO")


def session() -> list[list[str]]:
    """The commands of the first block of the manual, as words."""
    block = re.split(r"^```$", MANUAL.read_text("utf-8"), flags=re.MULTILINE)[1]
    return [line.partition("#")[0].split() for line in block.strip().splitlines()]


def test_at_most_six_commands_and_none_with_more_than_two_options() -> None:
    typed = [words for words in session() if words[0] == "dod2oso"]
    assert 4 <= len(typed) <= 6
    assert all(sum(word.startswith("-") for word in words) <= 2 for words in typed)


def test_the_session_ends_with_staged_dossiers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1551528000")  # 2 March 2019: the pupils are of that year
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {}
    runs = 0
    for words in session():
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
            continue
        if words[1] == "run":
            runs += 1
            (drop_exports if runs == 1 else return_workbooks)()
        ended = dod2oso(capsys, monkeypatch, *words[1:])
        assert ended.code in (0, 3), ended.err  # 3: something waits
        said[words[1]] = ended.out
    drafts = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in OUT.rglob("mail.eml")]
    assert {draft["To"] for draft in drafts} == {"school@example.org", "stil@example.org"}
    assert all(len(list(draft.iter_attachments())) == 1 for draft in drafts)
    assert len(list((OUT / "outbox").rglob("*.xml"))) == 2
    assert "De Verzonnen School" in said["status"]


def drop_exports() -> None:
    write(Path("scholen.csv"), SCHOOLS)
    write(Path("exports/school.xml"), reference(pupil(1), pupil(2)))


def return_workbooks() -> None:
    """What the school does: open its zip with the word it was told, fill in, and send it back."""
    [archive] = OUT.glob("scholen/99XX*/*.zip")
    with (OUT / "wachtwoorden.csv").open(encoding="utf-8-sig", newline="") as file:
        word = next(row["wachtwoord"] for row in csv.DictReader(file, delimiter=";") if row["brin"] == "99XX")
    with pyzipper.AESZipFile(archive) as opened:
        opened.setpassword(word.encode())
        book, _pupils = filled(opened.read("aanvulling.xlsx"), 2, day="01-02-2019")
    write(Path("aanvullingen/terug.xlsx"), book)
