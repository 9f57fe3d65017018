"""The job of rehearsing the qualification, as `dod2oso qualify run` does it; it runs beside the pages (working.py)."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dod2oso.base.extras import needs
from dod2oso.base.files import make_private_dir
from dod2oso.base.texts import Text
from dod2oso.desk.working import Order, Watcher
from dod2oso.qualify.answers import ANSWERS, INPUTS, Inputs, read_answers, read_inputs
from dod2oso.qualify.kept import FOLDER, connecting, earlier, keep
from dod2oso.qualify.kit import Kit, kit

if TYPE_CHECKING:
    from dod2oso.qualify.scene import Scene

QUALIFY = "qualify"  # the name of the job


@dataclass(frozen=True, slots=True)
class Rehearse:
    """What is rehearsed: a kit, and of it these scenarios; `mode` as scene.Mode."""

    kit: str
    mode: str
    names: tuple[str, ...]


def inputs_of(home: Path, chosen: Kit) -> Inputs:
    """What was set for a kit in this project; an address for another kit counts for this one only if it can."""
    path = home / FOLDER / INPUTS
    found = read_inputs(path) if path.is_file() else Inputs()
    kept = {"source": found.source if chosen.role == "bron" else ""}
    kept["receiver"] = found.receiver if chosen.role in ("doel", "swv") else ""
    return found.model_copy(update=kept)


def qualify_job(order: Order, watcher: Watcher) -> Text | None:
    """Rehearse; what a person must do at a system elsewhere is asked on the page."""
    needs("aiohttp", "cryptography", extra="open")
    from dod2oso.qualify.rehearse import check_mode, rehearse
    from dod2oso.qualify.scene import Mode

    asked: Rehearse = order.details
    chosen, mode, folder = kit(asked.kit), Mode(asked.mode), order.home / FOLDER
    check_mode(chosen, mode)
    given = inputs_of(order.home, chosen)
    place = make_private_dir(folder, tighten=False)
    watcher.export(chosen.title(order.lang), 1, 1, len(asked.names))

    def ready(scene: "Scene") -> None:
        rows = list(connecting(place, mode, scene))
        for who, url, ap in rows:
            watcher.message(Text("desk-qualify-where", who=who, url=url, ap=ap))
        if rows:
            watcher.confirm(Text("desk-qualify-ready"))

    with tempfile.TemporaryDirectory(prefix="dod2oso-qualify-") as work:
        made = asyncio.run(
            rehearse(
                place, Path(work), chosen, mode, asked.names, given, read_answers(folder / ANSWERS),
                earlier=earlier(folder, chosen), person=watcher.confirm, say=watcher.message, ready=ready,
                done=lambda _result: watcher.dossiers(1),
            )
        )  # fmt: skip
    keep(folder, made, order.lang)
    return None
