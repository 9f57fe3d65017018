"""What a person may need to know about a dossier or export: a finding. Never a personal value."""

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Finding(NamedTuple):
    """One finding; its severity, layer, text and remedy stand in the catalogue under `code`.

    `field` is a dictionary name or source path, `target` an OSO path, `rule` the key of an OSO rule or a
    reason; `detail` is a number or a name of ours and `shape` what the value looks like (findings/shape.py), never a
    value from an export.
    """

    code: str
    field: str = ""
    target: str = ""
    rule: str = ""
    detail: str = ""
    shape: str = ""
