"""dod2oso: from a legacy pupil-transfer export to checked OSO dossiers, a gap report and an outbox.

What other programmes may use is in `__all__`, described in docs/python.md and promised in STABILITY.md. It is imported
when it is first asked for, so that `import dod2oso` costs nothing.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Checked",
    "CheckerError",
    "ConfigurationError",
    "Converted",
    "Dod2osoError",
    "ExportError",
    "Finding",
    "LedgerFrames",
    "Record",
    "RunEnded",
    "TryLaterError",
    "UsageError",
    "__version__",
    "convert_exports",
    "explain_code",
    "open_ledger",
    "read_exports",
    "read_report",
    "run_exports",
    "validate_dossier",
]

if TYPE_CHECKING:
    from dod2oso.api.checking import Checked, validate_dossier
    from dod2oso.api.converting import Converted, convert_exports
    from dod2oso.api.reading import Record, read_exports
    from dod2oso.api.running import RunEnded, read_report, run_exports
    from dod2oso.api.tables import LedgerFrames, open_ledger
    from dod2oso.base.errors import (
        CheckerError,
        ConfigurationError,
        Dod2osoError,
        ExportError,
        TryLaterError,
        UsageError,
    )
    from dod2oso.findings.model import Finding
    from dod2oso.report.explained import explain_code

_ERRORS = "dod2oso.base.errors"
_HOMES = {
    "Checked": "dod2oso.api.checking",
    "validate_dossier": "dod2oso.api.checking",
    "Converted": "dod2oso.api.converting",
    "convert_exports": "dod2oso.api.converting",
    "Record": "dod2oso.api.reading",
    "read_exports": "dod2oso.api.reading",
    "RunEnded": "dod2oso.api.running",
    "read_report": "dod2oso.api.running",
    "run_exports": "dod2oso.api.running",
    "LedgerFrames": "dod2oso.api.tables",
    "open_ledger": "dod2oso.api.tables",
    "Finding": "dod2oso.findings.model",
    "explain_code": "dod2oso.report.explained",
    **dict.fromkeys(
        ("CheckerError", "ConfigurationError", "Dod2osoError", "ExportError", "TryLaterError", "UsageError"), _ERRORS
    ),
}  # where each name lives


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'dod2oso' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
