"""Files that are dropped, what is said of them at once, PINs, and the run that follows."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import pyzipper

from dod2oso.desk import working
from dod2oso.desk.receive import HALL, safe_parts
from tests.corpus.kit import pupil, reference
from tests.desk.kit import Caller, Said
from tests.desk.warm import Warm

EXPORT = reference(pupil(1), pupil(2)).encode()


def url(caller: Caller) -> str:
    return f"/p/{next(iter(caller.server.desk._known))}/POVO"


def body(*files: tuple[str, bytes], csrf: str, to: str = "exports", mark: str = "xxBOUNDARYxx") -> bytes:
    """A form as browsers send it, made by hand."""
    made = b""
    for name, value in (("csrf", csrf), ("to", to)):
        made += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, data in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        made += head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n"
    return made + f"--{mark}--\r\n".encode()


def drop(caller: Caller, *files: tuple[str, bytes], to: str = "exports", csrf: str | None = None) -> Said:
    sent = body(*files, csrf=caller.csrf if csrf is None else csrf, to=to)
    headers = caller.good(Content_Type="multipart/form-data; boundary=xxBOUNDARYxx")
    said = caller.raw("POST", url(caller) + "/deliveries/upload", headers, sent)
    return caller.get(said.headers["Location"]) if said.status == 303 else said


def until(look: Callable[[], Said], there: Callable[[Said], bool]) -> Said:
    """Ask until it is so, less and less often: each question makes a page."""
    pause = 0.05
    while not there(said := look()):
        time.sleep(pause)
        pause = min(1.5 * pause, 0.5)
    return said


def seen(caller: Caller) -> Said:
    return until(lambda: caller.get(url(caller) + "/deliveries"), lambda said: "Wordt bekeken" not in said.words)


def ran(caller: Caller) -> Said:
    return until(lambda: caller.get(url(caller) + "/run"), lambda said: "bezig" not in said.text)


def home(caller: Caller) -> Path:
    assert caller.server.desk.home is not None
    return caller.server.desk.home


def test_each_file_says_at_once_what_it_is(fresh: Caller) -> None:
    assert "Er is nog niets" in fresh.get(url(fresh) + "/deliveries").words
    said = drop(fresh, ("goed.xml", EXPORT), ("vreemd.xml", b"<a><b>1</b></a>"), ("half.xml", EXPORT[:300]))
    assert "3 bestanden toegevoegd" in said.words
    words = seen(fresh).words
    assert "2 leerlingen, indeling dod-referentie, school 99XX" in words
    assert "vreemd.xml" in words and "half.xml" in words
    assert (home(fresh) / "exports/goed.xml").read_bytes() == EXPORT
    assert (home(fresh) / "exports/goed.xml").stat().st_mode & 0o077 == 0
    assert not (home(fresh) / HALL).exists()


def test_the_same_file_again_counts_once_and_another_of_that_name_beside_it(fresh: Caller) -> None:
    drop(fresh, ("a.xml", EXPORT))
    drop(fresh, ("a.xml", EXPORT))
    drop(fresh, ("a.xml", reference(pupil(3)).encode()))
    assert sorted(path.name for path in (home(fresh) / "exports").iterdir()) == ["a (2).xml", "a.xml"]


@pytest.mark.parametrize(
    "name",
    ["../../weg.xml", "..\\..\\weg.xml", "/etc/weg.xml", "C:\\weg.xml", "a/../../weg.xml", ".weg.xml",
     "x" * 400 + ".xml", "CON:weg.xml"],
)  # fmt: skip
def test_a_name_never_leads_out_of_the_folder(name: str, fresh: Caller, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if "exports" not in path.parts and "state" not in path.parts}
    drop(fresh, (name, EXPORT))
    files = [path for path in (home(fresh) / "exports").rglob("*") if path.is_file()]
    assert len(files) == 1 and files[0].read_bytes() == EXPORT and not files[0].name.startswith(".")
    after = {path for path in tmp_path.rglob("*") if "exports" not in path.parts and "state" not in path.parts}
    assert after == before


def test_names_stay_what_they_are_where_they_do_no_harm() -> None:
    assert safe_parts("School De Ëik/groep 8.xml") == ("School De Ëik", "groep 8.xml")
    assert safe_parts("..") == () and safe_parts("...") == () and safe_parts("") == ()


def test_without_the_token_nothing_comes_in(fresh: Caller) -> None:
    for csrf in ("", "x", fresh.csrf[:-1]):
        assert drop(fresh, ("a.xml", EXPORT), csrf=csrf).status == 404
    headers = fresh.good(Content_Type="multipart/form-data; boundary=xxBOUNDARYxx")
    for broken in (b"", b"--xxBOUNDARYxx", b"\x00" * 5000, body(("a\x01.xml", EXPORT), csrf=fresh.csrf)):
        said = fresh.raw("POST", url(fresh) + "/deliveries/upload", headers, broken)
        assert 400 <= said.status < 500, said.problems
    assert list((home(fresh) / "exports").iterdir()) == []


def test_a_drop_that_breaks_off_leaves_nothing(fresh: Caller) -> None:
    import socket

    whole = body(("groot.xml", EXPORT * 2000), csrf=fresh.csrf)
    host, _, port = fresh.server.address.partition(":")
    headers = fresh.good(Content_Type="multipart/form-data; boundary=xxBOUNDARYxx", Content_Length=str(len(whole)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((host, int(port))) as line:
        line.sendall(f"POST {url(fresh)}/deliveries/upload HTTP/1.1\r\n{lines}\r\n".encode() + whole[: len(whole) // 2])
    until(lambda: fresh.get(url(fresh) + "/deliveries"), lambda _said: not (home(fresh) / HALL).exists())
    assert list((home(fresh) / "exports").iterdir()) == []


def test_a_pin_opens_a_zip_and_stands_on_no_disk(fresh: Caller, tmp_path: Path) -> None:
    word = secrets.token_hex(8)
    with pyzipper.AESZipFile(tmp_path / "dicht.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(word.encode())
        archive.writestr("export.xml", EXPORT)
    drop(fresh, ("dicht.zip", (tmp_path / "dicht.zip").read_bytes()))
    assert "Een zip is beveiligd" in seen(fresh).words
    fresh.post(url(fresh) + "/deliveries/pin", pin="verkeerd")
    assert "past niet op elke zip" in seen(fresh).words
    fresh.post(url(fresh) + "/deliveries/pin", pin=word)
    said = seen(fresh)
    assert "beveiligd" not in said.words and "2 leerlingen" in said.words
    fresh.post(url(fresh) + "/run")
    assert "Klaar met omzetten" in ran(fresh).words
    assert "99XX" in fresh.get(url(fresh) + "/schools").words
    for path in tmp_path.rglob("*"):
        assert path.name == "dicht.zip" or not path.is_file() or word.encode() not in path.read_bytes()
    assert word not in repr(fresh.server.desk)


def test_what_was_dropped_by_mistake_is_taken_away_and_kept(fresh: Caller) -> None:
    drop(fresh, ("fout.xml", EXPORT))
    said = fresh.get(url(fresh) + "/deliveries")
    name = said.text.partition('name="file" value="')[2].partition('"')[0]
    assert fresh.send(url(fresh) + "/deliveries/away", file="../../x").status == 404
    assert "telt niet meer mee" in fresh.post(url(fresh) + "/deliveries/away", file=name).words
    assert (home(fresh) / "weggehaald/fout.xml").read_bytes() == EXPORT
    assert fresh.send(url(fresh) + "/deliveries/away", file=name).status == 404


@pytest.mark.cold
def test_a_run_goes_from_files_to_schools_and_says_what_changed(fresh: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nog geen bestanden" in fresh.get(url(fresh) + "/run").words
    drop(fresh, ("a.xml", EXPORT), ("kapot.xml", EXPORT[:300]))
    assert "Omzetten" in fresh.get(url(fresh) + "/run").words
    fresh.post(url(fresh) + "/run")
    said = ran(fresh)
    assert "Klaar met omzetten" in said.words and "1 bestand was niet te lezen" in said.words
    monkeypatch.setattr(working, "multiprocessing", Warm())  # one job that began as for a user is enough
    drop(fresh, ("b.xml", reference(pupil(4), school="").encode()))
    fresh.post(url(fresh) + "/run")
    said = ran(fresh)
    assert "Wat er veranderde" in said.words, said.words[-1500:]
    assert "niets nieuws" in fresh.get(url(fresh) + "/run").words


def test_stopping_leaves_all_consistent_and_the_next_run_goes_on(fresh: Caller) -> None:
    drop(fresh, *((f"{n}.xml", reference(*(pupil(n * 40 + m) for m in range(30))).encode()) for n in range(4)))
    fresh.post(url(fresh) + "/run")
    until(lambda: fresh.get(url(fresh) + "/run"), lambda said: 'class="num"' in said.text or "bezig" not in said.text)
    fresh.post(url(fresh) + "/run/stop")
    said = ran(fresh)
    assert "Gestopt." in said.words or "Klaar met omzetten" in said.words, said.problems
    fresh.post(url(fresh) + "/run")
    assert "Klaar met omzetten" in ran(fresh).words
    [work] = fresh.server.desk.works.values()
    assert work.over and work.problem is None


def test_a_run_that_is_killed_says_so_and_the_next_one_works(fresh: Caller) -> None:
    drop(fresh, ("a.xml", EXPORT))
    fresh.post(url(fresh) + "/run")
    [work] = fresh.server.desk.works.values()
    fresh.post(url(fresh) + "/run")  # a second does not start beside the first
    assert [work] == list(fresh.server.desk.works.values())
    os.kill(work._process.pid, 9)
    assert "lukte niet" in ran(fresh).words
    fresh.post(url(fresh) + "/run")
    assert "Klaar met omzetten" in ran(fresh).words


def test_what_a_run_asks_is_asked_on_the_page(fresh: Caller) -> None:
    drop(fresh, ("a.xml", EXPORT))
    drop(fresh, ("aanvulling.csv", b"brin;leerlingid;toestemming\r\n99XX;1;ja\r\n"), to="books")
    fresh.post(url(fresh) + "/run")
    first = ran(fresh)
    assert "Klaar met omzetten" in first.words, first.words[:600]
    (home(fresh) / "aanvullingen/aanvulling.csv").unlink()
    fresh.post(url(fresh) + "/run")
    said = until(
        lambda: fresh.get(url(fresh) + "/run"), lambda said: "Een vraag" in said.words or "bezig" not in said.text
    )
    if "Een vraag" in said.words:
        fresh.post(url(fresh) + "/run/answer", answer="yes")
    assert "Klaar met omzetten" in ran(fresh).words


def test_a_profile_of_the_project_is_used_by_the_look_and_the_run(fresh: Caller) -> None:
    drop(fresh, ("eigen.xml", b"<Uitvoer><Leerling><Naam>Proef</Naam></Leerling></Uitvoer>"))
    said = seen(fresh)
    assert "een indeling die dod2oso niet kent" in said.words and "/layout/" in said.text
    (home(fresh) / "profielen").mkdir()
    path = home(fresh) / "profielen/school.yaml"
    text = "profile: school\ndescribes: x\nmatch: {root: Uitvoer}\nrecords: Uitvoer/Leerling\n"
    path.write_text(text + "fields: {leerling.achternam: Naam}\n")
    assert "Profiel school.yaml van dit project telt niet mee" in seen(fresh).words
    path.write_text(text + "fields: {leerling.achternaam: Naam}\n")
    assert "1 leerling, indeling school" in seen(fresh).words
    fresh.post(url(fresh) + "/run")
    assert "Klaar met omzetten" in ran(fresh).words and "niet te lezen" not in ran(fresh).words


def test_tables_that_belong_together_are_looked_at_together(fresh: Caller) -> None:
    """As a run reads them: each by itself would be a layout that nobody knows."""
    drop(fresh, ("leerlingen.csv", b"leerlingid;achternaam;geboortedatum\n1;Proef;01-02-2012\n"))
    assert "een indeling die dod2oso niet kent" in seen(fresh).words
    drop(fresh, ("school.csv", b"layoutversie;brin\n1;99XX\n"))
    said = seen(fresh)
    assert "niet kent" not in said.words and said.words.count("1 leerling, indeling csv-bundle") == 2
