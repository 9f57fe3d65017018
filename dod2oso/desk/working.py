"""A job beside the pages: in a process of its own, so that a page never waits for it, and it can be stopped any time.

The PINs, and the keys of an encrypted project, travel to it through its pipe and stand on no disk. It ends with the
server, however that ends; what it had done by then is in the ledger, and the next run goes on from there.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Literal

from dod2oso.base.clock import stopwatch
from dod2oso.base.errors import Dod2osoError, where_in_our_code
from dod2oso.base.process import keep_memory_private
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.desk.keys import Known, know, known
from dod2oso.desk.opened import Load, Opened
from dod2oso.project.inbox import remember_seen
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from dod2oso.source.container.pins import Pins
from dod2oso.source.decisions import FILE as DECISIONS

State = Literal["busy", "asking", "stopping", "done", "stopped", "failed"]
OVER = frozenset({"done", "stopped", "failed"})
_MESSAGES = 200  # that are kept


@dataclass(frozen=True, slots=True)
class Order:
    """What to do it to: the project, for some jobs one transfer of it, and what nobody may read in a settings file."""

    home: Path
    load: Load
    lang: str
    pins: Sequence[str] = field(repr=False, default=())
    transfer: str = ""
    details: Any = None


@dataclass(slots=True)
class Step:
    """One export of the run: its records, and how many are done."""

    name: str
    records: int
    done: int = 0


@dataclass(slots=True)
class Work:
    """A job that goes on or is over; any thread may read it. `name`: which; `result`: what it says at its end."""

    name: str = "run"
    state: State = "busy"
    transfer: str = ""
    total: int = 0
    steps: list[Step] = field(default_factory=list)
    messages: list[Text] = field(default_factory=list)
    question: Text | None = None
    problem: Text | None = None
    unreadable: int = 0
    result: Any = None
    details: Any = None  # what its page wants to know of it
    began: float = field(default_factory=stopwatch)
    ended: float = 0.0
    _pipe: Connection | None = None
    _process: Any = None
    _lock: Lock = field(default_factory=Lock)

    def now(self) -> "Work":
        """How it stands at this moment, for a page, which asks for it before it reads anything else.

        A job may end while its page is made. That page must not say that it is over and show what was there before:
        nothing on it would ask again.
        """
        with self._lock:
            seen = copy(self)
            seen.steps = [replace(step) for step in self.steps]
            return seen

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def share(self) -> float:
        """How much of the exports is done, 0 to 1."""
        if not self.total or not self.steps:
            return 0.0
        last = self.steps[-1]
        return min(1.0, (len(self.steps) - 1 + last.done / max(1, last.records)) / self.total)

    @property
    def seconds(self) -> int:
        return round((self.ended or stopwatch()) - self.began)

    @property
    def left(self) -> int | None:
        """Seconds that it may still take, as fast as it went so far; None while nothing can be said."""
        share = self.share
        return None if share < 0.02 or self.over else round(self.seconds * (1 - share) / share)

    def told(self, lang: str) -> dict[str, Any]:
        """For the script of a page: how far it is, and whether the page says something else by now."""
        said = Text("desk-run-left", left=minutes(self.left)).text(lang) if self.left is not None else ""
        return {"state": self.state, "share": round(100 * self.share), "left": said, "steps": len(self.steps)}

    def start(self, order: Order, job: "Job | None" = None) -> None:
        """Begin `job`, a function of a module, or else a run of the whole project."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        opened = order.load(order.home / FILE)
        keys = known(opened.project) if opened is not None else ()
        self._process = context.Process(
            target=_work, args=(job or _run, order, keys, theirs), daemon=False, name="dod2oso"
        )  # fmt: skip
        self._process.start()
        theirs.close()
        Thread(target=self._follow, daemon=True).start()

    def answer(self, yes: bool) -> None:
        """Answer the question that it asks."""
        with self._lock:
            if self.state == "asking" and self._pipe is not None:
                self.question, self.state = None, "busy"
                self._pipe.send(yes)

    def stop(self) -> None:
        """Stop; what was done stays, and the next run goes on from there."""
        with self._lock:
            if not self.over and self._process is not None:
                self.state = "stopping"
                self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait until its process is gone, so long at most; then end it without more ado."""
        if self._process is not None:
            self._process.join(seconds)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()

    def _follow(self) -> None:
        pipe, process = self._pipe, self._process
        assert pipe is not None  # noqa: S101  `start` made it
        while True:
            try:
                said = pipe.recv()
            except (EOFError, OSError):
                break
            with self._lock:
                _HEARD[said[0]](self, *said[1:])
        process.join()
        with self._lock:
            self.ended, self.question = stopwatch(), None
            if self.state not in OVER:
                if self.state != "stopping":
                    self.problem = Text("desk-run-broke-off")
                self.state = "stopped" if self.state == "stopping" else "failed"


def minutes(seconds: int) -> Text:
    """So long, as people say it."""
    if seconds < 90:
        return Text("desk-run-seconds", count=max(1, seconds))
    return Text("desk-run-minutes", count=round(seconds / 60))


def _transfer(work: Work, name: str) -> None:
    work.transfer, work.steps, work.total = name, [], 0


def _export(work: Work, name: str, _number: int, total: int, records: int) -> None:
    work.total = total
    work.steps.append(Step(name, records))


def _dossiers(work: Work, done: int) -> None:
    if work.steps:
        work.steps[-1].done += done


def _message(work: Work, text: Text) -> None:
    work.messages = [*work.messages[-_MESSAGES:], text]


def _ask(work: Work, text: Text) -> None:
    work.question, work.state = text, "asking"


def _done(work: Work, unreadable: int) -> None:
    work.unreadable += unreadable


def _result(work: Work, said: Any) -> None:
    work.result = said


def _ended(work: Work, problem: Text | None) -> None:
    work.problem, work.state = problem, "done" if problem is None else "failed"


_HEARD: dict[str, Callable[..., None]] = {
    "transfer": _transfer, "export": _export, "dossiers": _dossiers, "message": _message, "ask": _ask,
    "done": _done, "result": _result, "ended": _ended,
}  # fmt: skip


# --- in the other process ----------------------------------------------------------------------------------------


class Watcher:
    """Tells the server; when that is gone the run is interrupted in order."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def tell(self, *said: object) -> None:
        try:
            self._pipe.send(said)
        except OSError:
            raise KeyboardInterrupt from None

    def export(self, name: str, number: int, total: int, records: int) -> None:
        self.tell("export", name, number, total, records)

    def dossiers(self, done: int) -> None:
        self.tell("dossiers", done)

    def message(self, text: Text) -> None:
        self.tell("message", text)

    def until_gone(self) -> None:
        """Wait until the server is gone."""
        with suppress(EOFError, OSError):
            self._pipe.recv()

    def confirm(self, question: Text) -> bool:
        self.tell("ask", question)
        try:
            return bool(self._pipe.recv())
        except (EOFError, OSError):
            raise KeyboardInterrupt from None


Job = Callable[[Order, Watcher], Text | None]  # what went wrong, None when nothing did


def _work(job: Job, order: Order, keys: Known, pipe: Connection) -> None:
    keep_memory_private()
    know(keys)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal goes to the server, which tells us
    watcher = Watcher(pipe)
    try:
        watcher.tell("ended", _done_safely(job, order, watcher))
    except KeyboardInterrupt:
        pass
    finally:
        pipe.close()


def _done_safely(job: Job, order: Order, watcher: Watcher) -> Text | None:
    try:
        os.chdir(order.home)
        return job(order, watcher)
    except Dod2osoError as error:
        return error.message
    except OSError as error:
        return Text("machine-in-the-way", kind=type(error).__name__)
    except Exception as error:  # a bug: say so without a value from an export
        return Text("bug", kind=type(error).__name__, place=where_in_our_code(error))


def given_by(opened: Opened, lang: str, pins: Sequence[str]) -> Options:
    """What a run in a project is asked, as far as its settings say so."""
    home = opened.project.home
    return Options(
        exports=(), transfer="", lang=lang, pins=Pins(pins), sender=opened.handover.sender,
        only_inspected=opened.handover.only_inspected,
        decisions=(home / DECISIONS,) if (home / DECISIONS).is_file() else (),
    )  # fmt: skip


def _run(order: Order, watcher: Watcher) -> Text | None:
    """Run every transfer of the project as `dod2oso run` does in its folder; what went wrong."""
    opened = order.load(Path(FILE))
    if opened is None:
        return Text("desk-no-project", folder=order.home.name)
    project, inbox = opened.project, opened.project.inbox()
    given = replace(given_by(opened, order.lang, order.pins), confirm=watcher.confirm)
    for name in project.transfers:
        watcher.tell("transfer", name)
        result = run(project.options(name, inbox, given), watcher)
        remember_seen(project.out(name), inbox)
        watcher.tell("done", len(result.unreadable))
    return None
