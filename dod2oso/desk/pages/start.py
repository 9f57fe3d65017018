"""Start: the projects of this machine, a new one; and the first page of a project: how it stands, what to do now."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from dod2oso.base.atrest import can_encrypt, refuse_without_extra
from dod2oso.base.clock import now
from dod2oso.base.errors import Dod2osoError, UsageError
from dod2oso.base.projectkey import long_enough
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.desk.ahead import look_ahead
from dod2oso.desk.answers import Answer, Ask, Go, NotHere, Page, Route
from dod2oso.desk.closed import WORD, closed_page
from dod2oso.desk.keys import Closed, any_closed, encrypt_new, open_with
from dod2oso.oso.transfers import all_transfers, most_asked
from dod2oso.oso.versions import known_versions


class Known(NamedTuple):
    """A project on the list; `problem`: why it cannot be opened, None when it can."""

    id: str
    name: str
    folder: str
    problem: Text | None


def _start(ask: Ask) -> Answer:
    return _page(ask, {})


def _page(ask: Ask, given: dict[str, str], problem: Text | None = None) -> Page:
    lang = ask.desk.lang
    kinds = [(kind.name, kind.en if lang == "en" else kind.nl) for kind in all_transfers()]
    return Page(
        "start.html.j2",
        Text("desk-start-title"),
        {
            "known": [_known(ask, folder) for folder in ask.desk.recent.folders()],
            "kinds": kinds, "versions": known_versions()[::-1], "given": given, "problem": problem,
            "encrypts": can_encrypt(), "chosen": given.get("transfer") or most_asked(), "under": str(_home()),
        },
        200 if problem is None else 409,
    )  # fmt: skip


def _known(ask: Ask, folder: Path) -> Known:
    """One that is damaged says so in its own line and never hides the others."""
    name, shown = ask.desk.know(folder), str(folder)
    try:
        project = ask.desk.opened(name).project
    except Dod2osoError as error:
        return Known(name, folder.name, shown, error.message)
    except OSError:
        return Known(name, folder.name, shown, Text("desk-project-away"))
    return Known(name, project.project.name or folder.name, shown, None)


def _open(ask: Ask) -> Answer:
    try:
        return Go(f"/p/{ask.desk.open(_typed(ask.field('folder')))}")
    except Dod2osoError as error:
        return _page(ask, {"folder": ask.field("folder")}, error.message)


def _make(ask: Ask) -> Answer:
    """A new project; what was typed stays when it cannot be made."""
    names = ("name", "folder", "transfer", "oso", "deadline", "contact")
    given = {f"{name}": ask.field(name) for name in names} | {"new": "1"}
    word, again = _word(ask, "word"), _word(ask, "again")
    from dod2oso.project.init import make_project  # late: the first page has nothing to make

    try:
        folder = _typed(given["folder"] or given["name"])
        if (folder / FILE).exists():
            raise UsageError("desk-project-there", folder=folder.name)
        if folder.exists() and not folder.is_dir():
            raise UsageError("desk-folder-file", folder=folder.name)
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError("desk-folder-full", folder=folder.name)
        last = _day(given["deadline"])
        if word or again:
            _good_word(word, again)
        make_project(
            folder, [given["transfer"]], name=given["name"], deadline=last, lang=ask.desk.lang,
            contact=given["contact"], oso=given["oso"] or None,
        )  # fmt: skip
        name = ask.desk.open(folder)
        if not word:
            return Go(f"/p/{name}")
        from dod2oso.ledger.audit import system_account

        code = encrypt_new(ask.desk.opened(name).project, word, system_account())
        values = {"code": code, "to": f"/p/{name}", "folder": str(folder), "day": f"{now():%d-%m-%Y}"}
        return Page("recovery.html.j2", Text("recovery-sheet-title"), values)
    except Dod2osoError as error:
        return _page(ask, given, error.message)


def _word(ask: Ask, name: str) -> str:
    """A passphrase as it was typed, with its spaces."""
    return (ask.form.get(name) or ("",))[0]


def _good_word(word: str, again: str) -> None:
    """UsageError when it was typed in two ways, can be guessed, or nothing here can encrypt."""
    refuse_without_extra()
    if word != again:
        raise UsageError("desk-words-differ")
    long_enough(word)


def _unlock(ask: Ask) -> Answer:
    """Open an encrypted project, and go on where one was."""
    name, to = ask.path["project"], ask.field("to")
    to = to if to.startswith(f"/p/{name}") and to.isprintable() else f"/p/{name}"
    try:
        open_with(ask.desk.opened(name).project, _word(ask, WORD))
    except UsageError as error:
        return closed_page(name, to, error.message)
    return Go(to)


def _lock(ask: Ask) -> Answer:
    """Forget the keys of encrypted projects now."""
    ask.desk.lock()
    if not any_closed(ask.desk.opened(ask.path["project"]).project):
        ask.desk.say(Text("desk-close-kept"))
    return Go("/")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError("desk-day-wrong") from None


def _typed(text: str) -> Path:
    """A folder as a person typed it: a whole path, or a name in the home folder. What climbs is refused."""
    text = text.strip().strip('"')
    path = Path(text).expanduser() if text.startswith("~") else Path(text)
    if not text or not text.isprintable() or ".." in path.parts:
        raise UsageError("desk-folder-wrong")
    path = path if path.is_absolute() else _home() / path
    if not path.parent.is_dir():
        raise UsageError("desk-folder-nowhere", folder=path.name)
    return path


def _home() -> Path:
    documents = Path.home() / "Documents"
    return documents if documents.is_dir() else Path.home()


def _forget(ask: Ask) -> Answer:
    ask.desk.recent.forget(ask.desk.folder(ask.field("project")))
    return Go("/")


# what to do now: what the button says, and where it leads
_NEXT = {
    "next-drop": (Text("desk-next-drop"), "deliveries"),
    "next-run": (Text("desk-next-run"), "run"),
    "next-unread": (Text("desk-next-unread"), "deliveries"),
    "next-fill": (Text("desk-next-fill"), "fill"),
    "next-send": (Text("desk-next-send"), "handover"),
}


def _project(ask: Ask) -> Answer:
    from dod2oso.desk.status import statuses  # late: the list of projects needs no ledger

    name = ask.path["project"]
    opened = ask.desk.opened(name)
    project = opened.project
    if any_closed(project):
        raise Closed
    look_ahead(ask.desk, name, opened)
    if ask.desk.school:
        return Go(f"/p/{name}/{next(iter(project.transfers))}/schools")
    ask.desk.recent.add(project.home)
    found = []
    for stand in statuses(project):
        key = stand.lines[-1].values["next"].key  # type: ignore[attr-defined]
        words, page = _NEXT[key]
        found.append((stand.transfer, stand.lines[:-1], words, f"/p/{name}/{stand.transfer}/{page}"))
    return Page("project.html.j2", Text("desk-project-title"), {"stands": found})


def _only_known(ask: Ask) -> Answer:
    """An address without its end leads to the project."""
    if ask.path["transfer"] not in ask.desk.opened(ask.path["project"]).project.transfers:
        raise NotHere
    return Go(f"/p/{ask.path['project']}")


ROUTES = (
    Route("GET", "/", _start),
    Route("POST", "/open", _open),
    Route("POST", "/make", _make),
    Route("POST", "/forget", _forget),
    Route("GET", "/p/{project}", _project, one_school=True),
    Route("POST", "/p/{project}/unlock", _unlock, one_school=True),
    Route("POST", "/p/{project}/lock", _lock, one_school=True),
    Route("GET", "/p/{project}/{transfer}", _only_known, one_school=True),
)
