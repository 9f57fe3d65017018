"""A server of the desk in a thread of its own, and a browser without any of the goodness of one."""

import asyncio
import http.client
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from dod2oso.base.texts import Text
from dod2oso.cli.open import _load
from dod2oso.desk.desk import Desk
from dod2oso.desk.elsewhere import Outside
from dod2oso.desk.recent import Recent
from dod2oso.desk.server import IDLE, Server
from tests.waiting import HANG


class Said(NamedTuple):
    """An answer as it came over the line."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """What a person reads."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())

    @property
    def title(self) -> str:
        return unescape(self.text.partition("<title>")[2].partition("</title>")[0])

    @property
    def problems(self) -> str:
        """For a test that fails: nothing that could be of a person."""
        return f"{self.status} {self.title}"


@dataclass
class Caller:
    """Asks the server; `cookie` and `csrf` as soon as it entered."""

    server: Server
    entrance: str
    told: list[str]
    cookie: str = ""
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    ended: bool | None = None  # as `until_stopped` says, once it did

    @property
    def origin(self) -> str:
        return self.entrance.partition("/?")[0].rstrip("/")

    def raw(self, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes | None = None) -> Said:
        """A request with these headers and no others."""
        connection = http.client.HTTPConnection(self.server.address, timeout=HANG)
        if self.origin.startswith("https"):
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            connection = http.client.HTTPSConnection(self.server.address, timeout=HANG, context=trusting)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None and "Content-Length" not in headers and "Transfer-Encoding" not in headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Said(answer.status, {k.title(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def good(self, **more: str) -> dict[str, str]:
        """The headers of a browser on a page of ours."""
        found = {"Host": self.server.address, "Cookie": self.cookie, "Origin": self.origin}
        return found | {name.replace("_", "-"): value for name, value in more.items()} | self.headers

    def enter(self) -> Said:
        said = self.raw("GET", urlsplit(self.entrance).path + "?" + urlsplit(self.entrance).query, self.good())
        self.cookie = said.headers["Set-Cookie"].partition(";")[0]
        first = self.get(said.headers["Location"])
        self.csrf = re.search(r'name="csrf" value="([^"]+)"', first.text)[1]  # type: ignore[index]
        return said

    def get(self, path: str) -> Said:
        """A page, and those it sends on to."""
        said = self.raw("GET", path, self.good())
        return self.get(said.headers["Location"]) if said.status == 303 else said

    def post(self, path: str, **fields: str) -> Said:
        """A form as a page of ours sends it, and the page it leads to."""
        said = self.send(path, **fields)
        return self.get(said.headers["Location"].partition("#")[0]) if said.status == 303 else said

    def send(self, path: str, **fields: str) -> Said:
        """The same without going on."""
        body = urlencode({"csrf": self.csrf} | fields).encode()
        return self.raw("POST", path, self.good(Content_Type="application/x-www-form-urlencoded"), body)


@contextmanager
def running(
    folder: Path, project: Path | None = None, school: str = "", lang: str = "nl", idle: float = IDLE,
    outside: Outside | None = None,
) -> Iterator[Caller]:  # fmt: skip
    """A server; `folder` keeps its list of projects."""
    told: list[str] = []
    desk = Desk(lang, _load, Recent(folder / "state"), school)
    if project is not None:
        desk.open(project)
        desk.home = project.resolve()
    ready, loop = threading.Event(), asyncio.new_event_loop()
    found: list[Caller] = []

    def tell(text: Text) -> None:
        told.append(text.text("en"))

    async def serving() -> None:
        server = Server(desk, tell, idle, outside=outside)
        try:
            found.append(Caller(server, await server.start(), told))
            ready.set()
            found[0].ended = await server.until_stopped()
        finally:
            await server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serving()), daemon=True)
    thread.start()
    assert ready.wait(HANG)
    try:
        yield found[0]
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(found[0].server.stop)
        thread.join(HANG)
        loop.close()
        assert not thread.is_alive()
