"""The desk for another computer: TLS and a passphrase or nothing; and what is in the way is told in words."""

import errno
import secrets
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.desk import elsewhere, server
from dod2oso.desk.elsewhere import Keeper, checked_host, outside
from tests.cli.kit import dod2oso
from tests.desk.kit import Caller, Said, running

WORD = secrets.token_hex(8)


def enter(caller: Caller, word: str, **headers: str) -> Said:
    given = caller.good(Content_Type="application/x-www-form-urlencoded", **headers)
    return caller.raw("POST", "/enter", given, f"word={word}".encode())


def test_only_who_knows_the_passphrase_comes_in_and_one_at_a_time(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project, outside=outside("127.0.0.1", WORD, None, None)) as caller:
        assert caller.entrance.startswith("https://") and "key" not in caller.entrance
        name = next(iter(caller.server.desk._known))
        for path in ("/", f"/p/{name}", f"/p/{name}/POVO/report/own/gaps.csv", "/?key=", "/stop"):
            said = caller.raw("GET", path, caller.good())
            assert said.status == 401 and "Regio" not in said.text and "csrf" not in said.text
        assert caller.raw("GET", "/static/desk.css", caller.good()).status == 200
        assert (
            caller.raw("POST", "/open", caller.good(Content_Type="application/x-www-form-urlencoded"), b"").status
            == 401
        )
        assert enter(caller, "verkeerd").status == 401
        for forged in ("https://elders.example.org", "null", f"http://{caller.server.address}"):
            assert enter(caller, WORD, Origin=forged).status == 403
        assert enter(caller, WORD, Host="elders.example.org").status == 403
        said = enter(caller, WORD)
        assert (
            said.status == 303 and "Secure" in said.headers["Set-Cookie"] and "HttpOnly" in said.headers["Set-Cookie"]
        )
        caller.cookie = first = said.headers["Set-Cookie"].partition(";")[0]
        assert caller.get(f"/p/{name}").status == 200
        caller.server.desk.show_names(True)
        caller.cookie = ""  # another browser
        caller.cookie = enter(caller, WORD).headers["Set-Cookie"].partition(";")[0]
        assert not caller.server.desk.names  # what one showed the next does not see
        caller.cookie = first
        assert caller.raw("GET", f"/p/{name}", caller.good()).status == 401
        assert WORD not in repr(caller.server.outside) + repr(caller.server.desk)


def test_guessing_has_to_wait_longer_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(elsewhere, "stopwatch", lambda: now[0])
    monkeypatch.setattr(elsewhere, "_COST", 1 << 4)
    keeper = Keeper(WORD)
    assert keeper.passphrase == "" and WORD not in repr(keeper)
    assert [keeper.lets_in("x") for _ in range(3)] == [False] * 3
    assert keeper.waits and not keeper.lets_in(WORD)  # even the right one
    now[0] += 1.0
    assert not keeper.lets_in("x")
    now[0] += 1.0
    assert not keeper.lets_in(WORD)  # twice as long by now
    now[0] += 1.0
    assert keeper.lets_in(WORD) and not keeper.waits
    for _ in range(40):
        now[0] += 60.0
        assert not keeper.lets_in("x")
    now[0] += 60.0
    assert keeper.lets_in(WORD)  # never longer than a minute


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "224.0.0.1", "een naam", "-x", "a/b", "", "x" * 300])  # noqa: S104
def test_no_address_that_a_browser_could_not_name(host: str) -> None:
    with pytest.raises(UsageError) as error:
        checked_host(host)
    assert error.value.code == "desk-host-wrong"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--host", "127.0.0.1"], "--passphrase-file"),
        (["--host", "0.0.0.0", "--passphrase-file", "{word}"], "--host"),  # noqa: S104
        (["--host", "127.0.0.1", "--passphrase-file", "{short}"], "12"),
        (["--host", "127.0.0.1", "--passphrase-file", "{word}", "--certificate", "{word}"], "certificaat"),
        (["--certificate", "{word}"], "--host"),
        (["--passphrase-file", "{word}"], "--host"),
        (["--host", "127.0.0.1", "--key", "{word}", "--passphrase-file", "{word}"], "--host"),
    ],
)  # fmt: skip
def test_without_all_that_makes_it_safe_it_does_not_open(
    arguments: list[str], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"{word}": tmp_path / "woord.txt", "{short}": tmp_path / "kort.txt"}
    files["{word}"].write_text(WORD)
    files["{short}"].write_text("kort")
    given = [str(files.get(each, each)) for each in arguments]
    ended = dod2oso(capsys, monkeypatch, "open", "--no-browser", *given)
    assert ended.code in (2, 5) and code in ended.err and WORD not in ended.err + ended.out


def test_a_certificate_with_its_key_is_used(tmp_path: Path) -> None:
    from dod2oso.sandbox.pki import Authority

    tls = Authority.make(tmp_path / "pki", "ca").issue("desk", "00000001000000000001")
    made = outside("127.0.0.1", WORD, tls.certificate, tls.key)
    assert made.fingerprint == ""
    with running(tmp_path, outside=made) as caller:
        assert caller.raw("GET", "/", caller.good()).status == 401
    with pytest.raises(ConfigurationError):
        outside("127.0.0.1", WORD, tls.certificate, None)


def test_a_port_that_is_taken_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with running(tmp_path) as caller:
        port = caller.server.address.partition(":")[2]
        ended = dod2oso(capsys, monkeypatch, "open", "--no-browser", "--port", port)
    assert ended.code == 2 and port in ended.err and "bezet" in ended.err


@pytest.mark.parametrize(
    ("number", "key"),
    [(errno.EROFS, "desk-read-only"), (errno.EACCES, "desk-read-only"), (errno.ENOSPC, "disk-full")],
)
def test_what_the_machine_does_not_allow_is_told(number: int, key: str) -> None:
    said = server._in_the_way(OSError(number, "geheim.xml"))
    assert said.key == key and "geheim" not in said.text("nl")


def test_a_drop_that_does_not_fit_is_told_before_it_comes(fresh: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from dod2oso.desk import receive
    from tests.desk.test_deliveries import EXPORT, drop, home, url

    assert "Een bestand mag hoogstens" in fresh.get(url(fresh) + "/deliveries").words
    monkeypatch.setattr(receive, "room", lambda _home: 10)
    said = drop(fresh, ("groot.xml", EXPORT))
    assert said.status == 409 and "past niet op de schijf" in said.words
    assert list((home(fresh) / "exports").iterdir()) == []


def test_a_locked_project_says_so_and_how_to_unlock(caller: Caller, project: Path) -> None:
    from dod2oso.trust.closing import lock, unlock

    lock(project / "dod2oso-out/POVO", lambda: WORD, "A", cost=1 << 14)
    at = f"/p/{next(iter(caller.server.desk._known))}"
    for path in (at, f"{at}/POVO/schools", f"{at}/POVO/handover", f"{at}/POVO/fill"):
        said = caller.get(path)
        assert said.status == 409 and "dod2oso unlock" in said.words, path
    assert caller.get("/").status == 200
    unlock(project / "dod2oso-out/POVO", WORD, "A")
    assert caller.get(at).status == 200
