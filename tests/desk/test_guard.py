"""Requests that do not come from our page: none is served, whatever it forges."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.desk.kit import Caller, Said, running

SERVED = b"Hoe het project"  # what only the first page of the project says
KINDS: dict[str, Callable[[Caller, random.Random], Said]] = {}
Forge = Callable[[Caller, random.Random], Said]


def forged(make: Forge) -> Forge:
    KINDS[make.__name__] = make
    return make


def page(caller: Caller) -> str:
    return f"/p/{next(iter(caller.server.desk._known))}"


def word(dice: random.Random) -> str:
    return "".join(dice.choices("abcdefghijklmnop0123456789", k=dice.randint(1, 40)))


def without(headers: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


def form(caller: Caller, **more: str) -> bytes:
    return urlencode({"csrf": caller.csrf} | more).encode()


def posted(caller: Caller, path: str, body: bytes, **headers: str) -> Said:
    good = caller.good(**({"Content_Type": "application/x-www-form-urlencoded"} | headers))
    return caller.raw("POST", path, good, body)


@forged
def another_host(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), c.good(Host=f"{word(dice)}.example.org"))


@forged
def rebound_host(c: Caller, dice: random.Random) -> Said:
    port = c.server.address.partition(":")[2]
    return c.raw("GET", page(c), c.good(Host=f"{word(dice)}.example.org:{port}", Origin=f"http://{word(dice)}:{port}"))


@forged
def host_by_another_name(c: Caller, dice: random.Random) -> Said:
    port = c.server.address.partition(":")[2]
    name = dice.choice(["localhost", "127.0.0.2", "[::1]", "127.1", "0.0.0.0", "2130706433", "127.0.0.1."])  # noqa: S104
    return c.raw("GET", page(c), c.good(Host=f"{name}:{port}"))


@forged
def host_without_port(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), c.good(Host=dice.choice(["127.0.0.1", "127.0.0.1:80", "127.0.0.1:", ""])))


@forged
def no_host(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), without(c.good(), "Host"))


@forged
def another_origin(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), c.good(Origin=f"https://{word(dice)}.example.org"))


@forged
def origin_of_another_port(c: Caller, dice: random.Random) -> Said:
    return posted(c, "/forget", form(c, project=page(c)[3:]), Origin=f"http://127.0.0.1:{dice.randint(1, 1023)}")


@forged
def null_origin(c: Caller, dice: random.Random) -> Said:
    return posted(c, "/forget", form(c, project=page(c)[3:]), Origin=dice.choice(["null", "", "file://"]))


@forged
def change_without_origin(c: Caller, dice: random.Random) -> Said:
    headers = without(c.good(Content_Type="application/x-www-form-urlencoded"), "Origin")
    return c.raw("POST", "/forget", headers, form(c, project=page(c)[3:]))


@forged
def fetched_by_another_site(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), c.good(Sec_Fetch_Site=dice.choice(["cross-site", "same-site", word(dice)])))


@forged
def no_cookie(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), without(c.good(), "Cookie"))


@forged
def guessed_cookie(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), c.good(Cookie=f"{c.cookie.partition('=')[0]}={word(dice)}"))


@forged
def cut_cookie(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", page(c), c.good(Cookie=c.cookie[: -dice.randint(1, 40)]))


@forged
def cookie_of_another_port(c: Caller, dice: random.Random) -> Said:
    value = c.cookie.partition("=")[2]
    return c.raw("GET", page(c), c.good(Cookie=f"dod2oso-{dice.randint(1, 1023)}={value}"))


@forged
def spent_key(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", "/?" + c.entrance.partition("?")[2], without(c.good(), "Cookie"))


@forged
def guessed_key(c: Caller, dice: random.Random) -> Said:
    return c.raw("GET", f"/?key={dice.choice(['', word(dice)])}", without(c.good(), "Cookie"))


@forged
def another_method(c: Caller, dice: random.Random) -> Said:
    method = dice.choice(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
    return c.raw(method, page(c), c.good())


@forged
def change_without_token(c: Caller, dice: random.Random) -> Said:
    body = urlencode(dice.choice([{}, {"csrf": ""}, {"csrf": word(dice)}, {"csrf": c.csrf[:-1]}]))
    return posted(c, "/forget", (body + f"&project={page(c)[3:]}").encode())


@forged
def change_in_another_form(c: Caller, dice: random.Random) -> Said:
    kind = dice.choice(["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
    return posted(c, "/forget", form(c, project=page(c)[3:]), Content_Type=kind)


@forged
def path_out_of_the_project(c: Caller, dice: random.Random) -> Said:
    up = dice.choice(["../", "..%2f", "%2e%2e/", "..\\", "%2e%2e%2f", "/", "....//", "%00", "C:\\"])
    file = dice.choice(["etc/passwd", "dod2oso.toml", "ledger.sqlite", "wachtwoorden.csv"])
    place = dice.choice(["/POVO/report/own/", "/POVO/report/", "/POVO/schools/", "/", "/POVO/"])
    return c.raw("GET", f"{page(c)}{place}{up * dice.randint(1, 6)}{file}", c.good())


@forged
def another_project(c: Caller, dice: random.Random) -> Said:
    name = "".join(dice.choices("0123456789abcdef", k=12))
    return c.raw("GET", f"/p/{name}{dice.choice(['', '/POVO/schools', '/POVO/report'])}", c.good())


CHANGES = ("rehearse", "allow", "review", "send", "stop", "99AA-00")


@forged
def order_to_hand_over_without_token(c: Caller, dice: random.Random) -> Said:
    fields = {"account": word(dice), "to": "99ZZ", "order": "withdraw", "dossier": word(dice)}
    token = dice.choice([{}, {"csrf": ""}, {"csrf": word(dice)}, {"csrf": c.csrf[1:]}])
    return posted(c, f"{page(c)}/POVO/handover/{dice.choice(CHANGES)}", urlencode(fields | token).encode())


@forged
def order_to_hand_over_from_elsewhere(c: Caller, dice: random.Random) -> Said:
    origin = dice.choice(["null", f"https://{word(dice)}.example.org", "http://127.0.0.1"])
    path = f"{page(c)}/POVO/handover/{dice.choice(CHANGES)}"
    return posted(c, path, form(c, account="x", to="99ZZ", order="withdraw"), Origin=origin)


@forged
def hand_over_of_another_transfer_or_school(c: Caller, dice: random.Random) -> Said:
    place = dice.choice(["POSWV/handover", "x/handover", f"POVO/handover/{word(dice)}", "POVO/handover/99ZZ-00"])
    if dice.random() < 0.5:
        return c.raw("GET", f"{page(c)}/{place}", c.good())
    return posted(c, f"{page(c)}/{place}", form(c, account="x", order="withdraw", dossier=word(dice)))


@forged
def page_behind_a_dossier_that_is_not_there(c: Caller, dice: random.Random) -> Said:
    school = dice.choice(["99ZZ-00", "99AA-00", word(dice)])
    return c.raw(
        "GET", f"{page(c)}/POVO/dossiers/{school}/{word(dice)}/{dice.choice(['origin', 'inspection'])}", c.good()
    )


@forged
def decision_without_token(c: Caller, dice: random.Random) -> Said:
    end = dice.choice(["answer", "equal", "undo", "sign", "columns", "double", "double/undo"])
    return posted(c, f"{page(c)}/POVO/decide/{end}", urlencode({"csrf": word(dice), "who": "x", "why": "x"}).encode())


@forged
def layout_of_a_file_of_nobody(c: Caller, dice: random.Random) -> Said:
    export = dice.choice(["..", "%2e%2e%2f", "0" * 16, word(dice), "".join(dice.choices("0123456789abcdef", k=16))])
    end = dice.choice(["", "/preview", "/row/" + word(dice)])
    return c.raw("GET", f"{page(c)}/POVO/layout/{export}-{dice.randint(0, 99)}{end}", c.good())


@forged
def layout_saved_without_token(c: Caller, dice: random.Random) -> Said:
    end = dice.choice(["", "/save", "/group", "/row/" + word(dice)])
    body = urlencode({"csrf": word(dice), "v:name": "../../x"}).encode()
    return posted(c, f"{page(c)}/POVO/layout/{word(dice)}-0{end}", body)


def test_there_are_twenty_kinds_and_more() -> None:
    assert len(KINDS) >= 20


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_forged_request_is_served(kind: str, caller_of_all: Caller) -> None:
    dice = random.Random(kind)
    for _ in range(50):
        said = KINDS[kind](caller_of_all, dice)
        assert 400 <= said.status < 500, said.problems
        assert SERVED not in said.body and b"Basisschool" not in said.body and b"csrf" not in said.body
        assert "Set-Cookie" not in said.headers
    assert SERVED in caller_of_all.get(page(caller_of_all)).body  # and ours still is


@pytest.fixture(name="caller_of_all", scope="module")
def _caller_of_all(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("guard")
    with running(folder, Path(shutil.copytree(ran, folder / "regio"))) as caller:
        caller.enter()
        yield caller


def test_the_key_counts_once_and_not_for_what_fetches_ahead(project: Path, tmp_path: Path) -> None:
    with running(tmp_path, project) as caller:
        query = "/?" + caller.entrance.partition("?")[2]
        assert caller.raw("GET", query, caller.good(Sec_Purpose="prefetch")).status == 403
        assert caller.raw("HEAD", query, caller.good()).status == 403
        said = caller.enter()
        assert "HttpOnly" in said.headers["Set-Cookie"] and "SameSite=Strict" in said.headers["Set-Cookie"]
        assert caller.get(query).status == 200  # who is in may use the old address again


@pytest.mark.parametrize("path", ["", "/POVO/schools", "/POVO/report"])
def test_no_page_is_kept_or_framed_or_runs_what_is_not_ours(caller: Caller, path: str) -> None:
    said = caller.get(page(caller) + path)
    assert said.status == 200 and said.headers["Cache-Control"] == "no-store"
    policy = said.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert "<script>" not in said.text and " style=" not in said.text and " onclick=" not in said.text
    assert said.headers["Referrer-Policy"] == "same-origin"  # with no-referrer browsers send forms from `null`


def test_a_form_that_is_too_long_is_refused(caller: Caller) -> None:
    said = posted(caller, "/open", form(caller, folder="x" * 2_000_000))
    assert said.status == 413 and caller.get("/").status == 200
