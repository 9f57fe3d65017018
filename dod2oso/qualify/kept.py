"""What a folder of rehearsals keeps of each kit: its last results, its page, and the answers given since."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dod2oso.base.errors import UsageError
from dod2oso.base.files import atomic_write, make_private_dir
from dod2oso.base.texts import Text
from dod2oso.qualify import pages
from dod2oso.qualify.answers import ANSWERS, read_answers
from dod2oso.qualify.kit import Kit
from dod2oso.qualify.outcome import Rehearsal, Result, answered, remembered

FOLDER = Path("dod2oso-qualify")
RESULT, PAGE = "result.json", "report.html"


def document(folder: Path, kit: Kit) -> dict[str, Any]:
    """The last result of a kit; empty when there is none, or it cannot be read."""
    try:
        found = json.loads((folder / kit.name / RESULT).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def earlier(folder: Path, kit: Kit) -> dict[str, Result]:
    """The last result of each scenario of a kit."""
    return remembered(kit, document(folder, kit))


def reported(folder: Path, kit: Kit) -> Rehearsal:
    """The last rehearsal of a kit with what was answered since; UsageError when it was never rehearsed."""
    results, data = earlier(folder, kit), document(folder, kit)
    if not results:
        raise UsageError("qualify-not-rehearsed", kit=kit.name)
    answers = read_answers(folder / ANSWERS)
    weighed = {name: answered(kit, result, answers.get(name)) for name, result in results.items()}
    return Rehearsal(kit, data["mode"], weighed, data["began"], data["environment"])


def keep(folder: Path, made: Rehearsal, lang: str) -> Path:
    """Write the result and its page; where the page is."""
    place = make_private_dir(folder / made.kit.name)
    for name in (RESULT, PAGE):
        pages.write(place / name, made, lang)
    return place / PAGE


def connecting(folder: Path, mode: str, scene: Any) -> Iterator[tuple[Text, str, str]]:
    """Who is where (with its aanleverpunt), for a system elsewhere that must connect; then what to do, without a where.

    `scene`: a scene.Scene that is up. What a source of dod2oso needs to connect is written beside it.
    """
    from dod2oso.qualify.scene import Mode  # late: all that listens is loaded with it
    from dod2oso.sandbox import start as sandbox

    if mode == Mode.own:
        return
    yield from sandbox.addresses(scene.made, scene.url)
    yield Text("sandbox-certificates"), str(folder.resolve() / "pki"), ""
    if mode == Mode.source:
        atomic_write(folder / sandbox.SETTINGS, sandbox.settings_text(scene.made, scene.url).encode())
        yield Text("qualify-connect-source", serial=sandbox.source_serial()), "", ""
    else:
        yield Text("qualify-connect-receiver"), "", ""
