"""The server: on loopback only, for one browser, until it is told to stop or nobody asked anything for long."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from dod2oso.base.clock import stopwatch
from dod2oso.base.errors import Dod2osoError, UsageError, where_in_our_code
from dod2oso.base.files import disk_full
from dod2oso.base.texts import Text
from dod2oso.base.wipe import wipe_tree
from dod2oso.desk.answers import Answer, Ask, Download, Go, NotHere, Page, Route
from dod2oso.desk.closed import WORD, closed_page
from dod2oso.desk.desk import At, Desk
from dod2oso.desk.frame import frame
from dod2oso.desk.guard import FIELD, HEADERS, Guard
from dod2oso.desk.keys import Closed, open_with
from dod2oso.desk.parts import Parts
from dod2oso.desk.render import render, script_text, style_text
from dod2oso.desk.routes import part, routes_of
from dod2oso.desk.warm import warm
from dod2oso.report.style import PLAIN

if TYPE_CHECKING:
    from dod2oso.desk.elsewhere import Outside

LOOPBACK = "127.0.0.1"
IDLE = 2 * 60 * 60  # seconds without a request after which the server stops
FORM = 1024 * 1024  # bytes of a form
AGAIN = "X-Again"  # a header of our scripts
_LOOK = 5.0  # seconds between looks at the clock
_SHUT_OFF = "sandbox allow-scripts; frame-ancestors 'none'"  # a report has a policy of its own in its head
# what a network folder or a disk says that is not there any more
_AWAY = tuple(
    number for name in ("EIO", "ESTALE", "ENODEV", "ENXIO", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH")
    if (number := getattr(errno, name, None)) is not None
)  # fmt: skip
_quiet = logging.getLogger("dod2oso.http")


@dataclass(slots=True)
class Server:
    """One server; `start`, then `until_stopped`, then `close`."""

    desk: Desk
    tell: Callable[[Text], object]  # what a person at the terminal may see
    idle: float = IDLE
    address: str = ""
    outside: "Outside | None" = None  # an address for other computers, with what makes that safe
    port: int = 0  # 0: a free one
    _guard: Guard = field(init=False)
    _runner: web.AppRunner | None = None
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _routers: dict[str, web.UrlDispatcher] = field(default_factory=dict)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: float = field(default_factory=stopwatch)
    _warmed: bool = False

    async def start(self) -> str:
        """Listen on a free port; the address with the one-time key."""
        app = web.Application(middlewares=[self._let_in], client_max_size=FORM)
        app.router.add_post("/p/{project}/{transfer}/deliveries/upload", self._upload)
        app.router.add_post("/stop", self._stopped)
        app.router.add_get("/static/desk.css", self._style)
        app.router.add_get("/static/desk.js", self._script)
        app.router.add_route("*", "/{path:.*}", self._page)
        self._runner = web.AppRunner(app, access_log=None, logger=_quiet, shutdown_timeout=1)
        await self._runner.setup()
        out = self.outside
        host, context = (LOOPBACK, None) if out is None else (out.host, out.context)
        try:
            await web.TCPSite(self._runner, host, self.port, ssl_context=context).start()
        except OSError as error:
            raise _not_there(error, self.port) from None
        shown = f"[{host}]" if ":" in host else host
        self.address = f"{shown}:{self._runner.addresses[0][1]}"
        self._guard = Guard(self.address, tls=out is not None, asks=out is not None)
        return f"{self._guard.origin}/" + (f"?key={self._guard.key}" if out is None else "")

    async def until_stopped(self) -> bool:
        """Serve; whether somebody said to stop, else nobody asked anything for long."""
        while not self._stop.is_set():
            self.desk.rest()
            if self.desk.busy:
                self._asked = stopwatch()
            if stopwatch() - self._asked > self.idle:
                return False
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), min(_LOOK, self.idle))
        return True

    def stop(self) -> None:
        """Tell it to stop; from its own thread."""
        self._stop.set()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await asyncio.to_thread(self.desk.close)

    # --- what comes in ------------------------------------------------------------------------------------------

    @web.middleware
    async def _let_in(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            entry = self._guard.look(
                request.method, request.headers, request.query, request.cookies.get(self._guard.cookie, "")
            )
            if entry == "refused":
                return self._html(Page("refused.html.j2", Text("desk-refused-title"), status=403))
            if entry == "ask":
                response = await self._asked_word(request, handler)
            else:
                self._asked = stopwatch()
                if AGAIN not in request.headers:  # a script that asks the same page again is nobody
                    self.desk.stir()
                response = self._enter() if entry == "enter" else await handler(request)
                if entry == "in":
                    self._warm()
        except NotHere:
            response = self._html(Page("absent.html.j2", Text("desk-absent-title"), status=404))
        except web.HTTPException as error:  # no such page, a form that is too long
            gone = Page("absent.html.j2", Text("desk-absent-title"), status=error.status)
            response = self._html(gone) if error.status >= 400 else web.Response(status=error.status)
        except ConnectionError:  # the browser went away
            raise
        except Exception as error:  # a bug: say so without a value from a file, which a traceback could show
            response = self._bug(error, None)
        for name, value in HEADERS.items():
            if name not in response.headers:
                response.headers[name] = value
        return response

    def _warm(self) -> None:
        """Load the other pages once the first one is made."""
        if not self._warmed:
            self._warmed = True
            asyncio.get_running_loop().run_in_executor(None, warm, self._stop.is_set)

    def _enter(self) -> web.StreamResponse:
        response = web.Response(status=303, headers={"Location": self._first_page()})
        response.set_cookie(
            self._guard.cookie, self._guard.enter(), httponly=True, samesite="Strict", path="/",
            secure=self.outside is not None,
        )  # fmt: skip
        return response

    async def _asked_word(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Nobody is in with this browser: the page that asks for the passphrase, and its look."""
        keeper = self.outside.keeper if self.outside is not None else None
        if keeper is None:
            raise NotHere
        if request.path.startswith("/static/"):
            return await handler(request)
        if request.method != "POST" or request.path != "/enter":
            return self._html(_enter_page())
        if request.content_type != "application/x-www-form-urlencoded":
            raise NotHere
        word = str((await request.post()).get("word", ""))
        async with self._one:  # a guess at a time
            good = await asyncio.to_thread(keeper.lets_in, word)
        if not good:
            return self._html(_enter_page(wrong=True, waits=keeper.waits))
        self._asked = stopwatch()
        self.desk.show_names(False)  # whoever was in before may have shown them
        return self._enter()

    def _first_page(self) -> str:
        return "/" if self.desk.home is None else f"/p/{self.desk.know(self.desk.home)}"

    async def _form(self, request: web.Request) -> Mapping[str, Sequence[str]]:
        """The fields of a form of ours; NotHere for another."""
        if request.content_type != "application/x-www-form-urlencoded":
            raise NotHere
        fields = await request.post()
        form = {name: [str(value) for value in fields.getall(name)] for name in fields}
        if not self._guard.knows((form.get(FIELD) or [""])[0]):
            raise NotHere
        return form

    # --- what goes out ------------------------------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.StreamResponse:
        """The page of a path, when there is one."""
        found = await asyncio.to_thread(self._router, part(request.path))
        match = await found.resolve(request)
        if match.http_exception is not None:
            raise match.http_exception
        return await match.handler(request, match)  # type: ignore[call-arg]  # ours: see `_router`

    def _router(self, what: str) -> web.UrlDispatcher:
        """The routes of what a path is about, loaded when it is asked for."""
        if what not in self._routers:
            made = web.UrlDispatcher()
            for route in routes_of(what):
                made.add_route(route.method, route.path, self._handler(route))
            self._routers[what] = made
        return self._routers[what]

    def _handler(self, route: Route) -> Any:
        async def handler(request: web.Request, match: Mapping[str, str]) -> web.StreamResponse:
            if self.desk.school and not route.one_school:
                raise NotHere
            form = dict(await self._form(request)) if request.method == "POST" else {}
            word = form.pop(WORD, [""])[0] if not route.path.endswith("/unlock") else ""
            ask = Ask(self.desk, match, request.query, form, part(route.path))
            return await asyncio.to_thread(self._opened, route, ask, request.path_qs, word)

        return handler

    def _opened(self, route: Route, ask: Ask, to: str, word: str) -> web.StreamResponse:
        """The answer; of an encrypted project that is closed the page that asks its passphrase. `word`: that, or ""."""
        name = ask.path.get("project", "")
        form = {key: values for key, values in ask.form.items() if key != FIELD} if route.method == "POST" else None
        try:
            if word:
                open_with(self.desk.opened(name).project, word)
            return self._answered(route, ask)
        except Closed:
            return self._html(closed_page(name, to, None, form), ask)
        except Dod2osoError as error:  # of opening it; another is answered already
            return self._html(closed_page(name, to, error.message, form), ask)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """Files of a form, streamed: the token comes first, then where they go, then the files themselves."""
        if self.desk.school or request.content_type != "multipart/form-data":
            raise NotHere
        parts = Parts(await request.multipart())
        if not self._guard.knows(await parts.word(FIELD)):
            raise NotHere
        ask = Ask(self.desk, request.match_info, {"to": await parts.word("to")})
        from dod2oso.desk.pages.deliveries import folder_for, page_after  # late: see routes.py
        from dod2oso.desk.pages.handing import RECEIVERS
        from dod2oso.desk.receive import receive, room_for

        try:
            at = await asyncio.to_thread(self.desk.at, ask)
            count = 0
            room_for(request.content_length or 0, at.project.home)
            if ask.query["to"] == RECEIVERS:
                return await self._receivers(parts, at)
            async for name, chunks in parts.files():
                place = await receive(name, chunks, at.project.home, folder_for(at, ask.query["to"]))
                place.touch()  # also of what was there already: what came last counts
                count += 1
        except Closed:  # a browser does not send files twice
            shut = UsageError("desk-closed-files")
            return await asyncio.to_thread(self._answered, Route("POST", "", _raising(shut)), ask)
        except (Dod2osoError, OSError) as error:
            return await asyncio.to_thread(self._answered, Route("POST", "", _raising(error)), ask)
        self.desk.say(Text("desk-files-received", count=count) if count else Text("desk-files-none"))
        return web.Response(status=303, headers={"Location": page_after(at, ask.query["to"])})

    async def _receivers(self, parts: Parts, at: At) -> web.StreamResponse:
        """A list of who may fetch which dossiers: dealt with, and destroyed at once."""
        from dod2oso.desk.pages.handing import RECEIVERS, allow_table
        from dod2oso.desk.receive import HALL, receive

        async for name, chunks in parts.files():
            path = await receive(name, chunks, at.project.home, at.project.home / HALL / RECEIVERS)
            try:
                count = await asyncio.to_thread(allow_table, at, path)
            finally:
                await asyncio.to_thread(wipe_tree, path.parent)
            self.desk.say(Text("desk-allowed-table", count=count))
            break
        else:
            self.desk.say(Text("desk-files-none"))
        return web.Response(status=303, headers={"Location": f"{at.url}/handover"})

    def _answered(self, route: Route, ask: Ask) -> web.StreamResponse:
        try:
            with self.desk.beside.page():
                return self._sent(route.answer(ask), ask)
        except Dod2osoError as error:
            return self._html(_trouble(error.message), ask)
        except OSError as error:
            return self._html(_trouble(_in_the_way(error)), ask)
        except (NotHere, Closed, asyncio.CancelledError):
            raise
        except Exception as error:  # a bug: say so without a value from an export, which a traceback could show
            return self._bug(error, ask)

    def _bug(self, error: Exception, ask: Ask | None) -> web.StreamResponse:
        said = Text("bug", kind=type(error).__name__, place=where_in_our_code(error))
        self.tell(said)
        return self._html(_trouble(said, 500), ask)

    def _sent(self, answer: Answer, ask: Ask) -> web.StreamResponse:
        match answer:
            case Go():
                return web.Response(status=303, headers={"Location": answer.where})
            case Download():
                return _file(answer)
            case Page():
                return self._html(answer, ask)

    def _html(self, page: Page, ask: Ask | None = None) -> web.StreamResponse:
        around = frame(self.desk, ask, self._guard.csrf)
        text = render(page, self.desk.lang, around)  # a path may hold half a character
        body = text.encode("utf-8", "replace")
        return web.Response(status=page.status, body=body, content_type="text/html", charset="utf-8")

    async def _stopped(self, request: web.Request) -> web.StreamResponse:
        await self._form(request)
        self.stop()
        return self._html(Page("stopped.html.j2", Text("desk-stopped-title")))

    async def _style(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=style_text(PLAIN), content_type="text/css", charset="utf-8")

    async def _script(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=script_text(), content_type="text/javascript", charset="utf-8")


def _enter_page(*, wrong: bool = False, waits: bool = False) -> Page:
    return Page("enter.html.j2", Text("desk-enter-title"), {"wrong": wrong, "waits": waits}, 401)


def _not_there(error: OSError, port: int) -> UsageError:
    """Why nobody can be asked at an address."""
    if error.errno == errno.EADDRINUSE:
        return UsageError("desk-port-taken", port=port)
    if error.errno == errno.EACCES:
        return UsageError("desk-port-not-allowed", port=port)
    return UsageError("desk-host-not-here")


def _in_the_way(error: OSError) -> Text:
    """What stopped us on this machine, without a file name, which may hold more than the reader may see."""
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return Text("desk-read-only")
    if error.errno in _AWAY:
        return Text("desk-disk-away")
    return disk_full().message if error.errno == errno.ENOSPC else Text("machine-in-the-way", kind=type(error).__name__)


def _trouble(said: Text, status: int = 409) -> Page:
    return Page("trouble.html.j2", Text("desk-trouble-title"), {"problem": said}, status)


def _raising(error: Exception) -> Callable[[Ask], Answer]:
    def answer(_ask: Ask) -> Answer:
        raise error

    return answer


def _file(answer: Download) -> web.StreamResponse:
    how = "inline" if answer.shown else "attachment"
    headers = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(answer.name, safe='')}"}
    if answer.shown:
        headers["Content-Security-Policy"] = _SHUT_OFF
    body: Any = answer.content if isinstance(answer.content, bytes) else _read(answer.content)
    return web.Response(body=body, headers={"Content-Type": answer.kind} | headers)


def _read(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise NotHere
    return path.read_bytes()


async def serve(
    desk: Desk, tell: Callable[[Text], object], show: Callable[[str], object], *, idle: float = IDLE,
    outside: "Outside | None" = None, port: int = 0,
) -> bool:  # fmt: skip
    """Serve until told to stop or idle; `show` gets the address. As `Server.until_stopped`.

    UsageError when nothing can be asked there.
    """
    server = Server(desk, tell, idle, outside=outside, port=port)
    try:
        show(await server.start())
        return await server.until_stopped()
    finally:
        await server.close()
