"""Tries a stylesheet on a small dossier of our own making, in a process of its own: it may never end, or stop hard."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from dod2oso.oso.saxon import Stylesheet

SECONDS = 60
TrialState = Literal["works", "does-not-compile", "stops", "no-end", "other-output", "not-tried"]

_DOSSIER = """<dossier xmlns="{space}"><metadata><datum>2020-03-02</datum><overdrachtsoort>{kind}</overdrachtsoort>
<overstap>{transfer}</overstap><deeldossier>LASLVS</deeldossier></metadata><huidigeschool><leerling/></huidigeschool>
</dossier>"""
_KINDS = {"ov": ("overstapdossier", "POVO"), "swv": ("swv-dossier", "POSWV")}


def try_sheet(sheet: Path, namespace: str, layer: str, seconds: float = SECONDS) -> TrialState:
    """What a stylesheet does with a small dossier; `not-tried` where saxonche is not installed."""
    if find_spec("saxonche") is None:
        return "not-tried"
    command = [sys.executable, "-m", __name__, str(sheet), namespace, layer]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)  # noqa: S603  our own module
    except subprocess.TimeoutExpired:
        return "no-end"
    try:
        state: TrialState = json.loads(done.stdout)
    except ValueError:
        return "stops"  # the processor took the whole process with it
    return state


def _try(sheet: str, namespace: str, layer: str) -> TrialState:
    import saxonche

    kind, transfer = _KINDS[layer]
    try:
        compiled = Stylesheet(sheet)
    except saxonche.PySaxonApiError:
        return "does-not-compile"
    dossier = _DOSSIER.format(space=namespace, kind=kind, transfer=transfer)
    try:
        output = compiled.transform(dossier)
    except saxonche.PySaxonApiError:
        return "stops"
    return "works" if "meldingen" in output else "other-output"


if __name__ == "__main__":
    print(json.dumps(_try(*sys.argv[1:4])))  # noqa: T201  for the process that asked
