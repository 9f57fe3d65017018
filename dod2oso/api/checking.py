"""Check OSO dossiers, whoever made them, and say what a code means."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dod2oso.oso.check_files import FileReport, validate_bytes, validate_file
from dod2oso.oso.check_text import as_json
from dod2oso.oso.verdict import VerdictWord


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on one file.

    `verdict`: valid, invalid, not-checked (not read, or no OSO of a known version) or failed (a checker stopped:
    nothing is known). `details(lang)`: the same as an entry of `files` in `dod2oso validate --json`.
    """

    verdict: VerdictWord
    version: str
    layer: str
    report: FileReport

    @property
    def valid(self) -> bool:
        """Whether schema and rules were both run and found nothing."""
        return self.verdict == "valid"

    def details(self, lang: str = "nl") -> dict[str, Any]:
        """All that was found, with places, messages and remedies in nl or en."""
        return as_json(self.report, lang)


def validate_dossier(dossier: str | Path | bytes, *, layer: str | None = None, official: bool = False) -> Checked:
    """Check one file with OSO dossiers, or its bytes, by schema, rules and attachments; nothing is changed.

    layer: ov or swv, else as the document says. official: the kept official files judge too. CheckerError when those
    cannot run here. A file that cannot be read is a verdict (not-checked), never an exception.

    >>> import dod2oso
    >>> dod2oso.validate_dossier(b"<dossier/>").verdict
    'not-checked'
    """
    checker = None
    if official:
        from dod2oso.oso.official import official_checker  # saxonche is heavy, and an extra

        checker = official_checker()
    if isinstance(dossier, bytes):
        report = validate_bytes(dossier, "", layer, checker)
    else:
        report = validate_file(Path(dossier), layer, checker)
    return Checked(report.verdict, report.version, report.layer, report)
