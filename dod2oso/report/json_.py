"""gaps.json: the numbers of the HTML for scripts, and all dossiers that wait (streamed) instead of the first few.

Its shape is published as docs/rapport.schema.json (`python -m tools.report_schema`). A hidden number is null.
"""

import json
from dataclasses import asdict
from typing import Any, BinaryIO

from dod2oso.ledger.store import Ledger
from dod2oso.report import queries
from dod2oso.report.hidden import Hidden
from dod2oso.report.model import Report
from dod2oso.report.rendering import Rendering, register
from dod2oso.report.style import PLAIN, HouseStyle
from dod2oso.report.texts import CauseKey

FORMAT = 1


def render(ledger: Ledger, report: Report, file: BinaryIO, style: HouseStyle = PLAIN) -> None:
    """Write one JSON document; `waiting` comes last, one dossier per line. `organisation`: who shares it."""
    head = json.dumps(as_dict(report) | {"organisation": style.organisation}, ensure_ascii=False, indent=1)
    file.write(f'{head[:-2]},\n "waiting": ['.encode())
    separator = "\n  "
    with ledger.read() as connection:
        for dossier in () if report.masked else queries.waiting(connection, report.run.id):
            line = dossier._asdict() | {"causes": [cause.as_dict() for cause in dossier.causes]}
            file.write(f"{separator}{json.dumps(line, ensure_ascii=False)}".encode())
            separator = ",\n  "
    file.write(b"\n ]\n}\n")


def as_dict(report: Report) -> dict[str, Any]:
    """The report without its list of waiting dossiers, as plain data."""
    data = asdict(report)
    del data["waiting"]
    return {"format": FORMAT, **_plain(data)}


def _plain(value: Any) -> Any:
    if isinstance(value, Hidden):
        return None
    if isinstance(value, CauseKey):
        return value.as_dict()
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


register(Rendering("json", render))
