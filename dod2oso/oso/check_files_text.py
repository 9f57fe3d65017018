"""What a file report says to a person (lines) and to a program (JSON, as in `validate --json`)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from dod2oso.oso.attachments import AttachmentProblem
from dod2oso.oso.check_files import FileReport
from dod2oso.oso.rules.model import Fired
from dod2oso.oso.rules.ruleset import RuleSet, ruleset

_VERDICTS = {
    "valid": ("geldig", "valid"),
    "invalid": ("ongeldig", "invalid"),
    "not-checked": ("niet gecontroleerd", "not checked"),
    "failed": ("controle mislukt", "check failed"),
}
_WORDS = {
    "line": ("regel", "line"),
    "remedy": ("Wat te doen", "What to do"),
    "advice": ("Advies", "Advice"),
    "attachment": ("Bijlage", "Attachment"),
    "official": ("Officieel", "Official"),
    "schema-crashed": (
        "De schemacontrole kon niet worden afgemaakt.",
        "The schema check could not be finished.",
    ),
    "rules-crashed": (
        "De officiële validator breekt op dit dossier af en geeft geen oordeel. Verbeter eerst dubbele velden en "
        "ja/nee-velden en datums met een verkeerde waarde.",
        "The official validator stops on this dossier and gives no verdict. First correct double fields, and "
        "yes/no fields and dates with a wrong value.",
    ),
    "official-crashed": (
        "De officiële controle kon niet worden afgemaakt.",
        "The official check could not be finished.",
    ),
    "official-not-run": (
        "De officiële bestanden van deze versie en laag zijn er niet (zie bundle add).",
        "The official files of this version and layer are not there (see bundle add).",
    ),
}


def as_lines(report: FileReport, lang: str) -> Iterator[str]:
    """One line with the verdict, then every finding with line, place, message and remedy."""
    about = f" (OSO {report.version}, {report.layer})" if report.version else ""
    yield f"{report.name}{about}: {_word(_VERDICTS[report.verdict], lang)}"
    if report.problem is not None:
        yield f"  {report.problem.text.text(lang)}"
        return
    for note in report.notes:
        yield f"  {note.text(lang)}"
    checked = report.checked
    if checked.schema.state == "crashed":
        yield f"  {_word(_WORDS['schema-crashed'], lang)}"
    for error in checked.schema.errors:
        yield f"  {_at(error.line, error.path, lang)}: {error.text(lang)}"
    if checked.rules.state == "crashed":
        yield f"  {_word(_WORDS['rules-crashed'], lang)}"
    rules = ruleset(report.version, report.layer)
    yield from _fired_lines(report, rules, checked.rules.fired, "", lang)
    yield from _fired_lines(report, rules, checked.rules.advised, _word(_WORDS["advice"], lang) + ": ", lang)
    for problem in report.attachments:
        at = _at(problem.line, problem.path, lang)
        yield f"  {_word(_WORDS['attachment'], lang)}: {at}: {problem.message(lang)}"
        yield f"    {_word(_WORDS['remedy'], lang)}: {problem.remedy(lang)}"
    yield from _official_lines(report, lang)


def as_json(report: FileReport, lang: str) -> dict[str, Any]:
    """One entry of `files` in `validate --json`."""
    checked = report.checked
    rules = ruleset(report.version, report.layer) if report.version else None
    found: dict[str, Any] = {
        "file": report.name,
        "oso": report.version or None,
        "layers": ["gegevensset", report.layer] if report.version else [],
        "verdict": report.verdict,
        "schema": {
            "state": checked.schema.state,
            "errors": [
                {"line": error.line, "path": error.path, "message": error.text(lang)} for error in checked.schema.errors
            ],
        },
        "rules": {
            "state": checked.rules.state,
            "fired": _fired_json(report, rules, checked.rules.fired, lang),
            "advised": _fired_json(report, rules, checked.rules.advised, lang),
        },
        "official": {"state": report.official.state, "messages": report.official.messages},
        "attachments": [_attachment_json(problem, lang) for problem in report.attachments],
        "notes": [note.text(lang) for note in report.notes],
    }
    if report.official.difference is not None:
        found["official"]["difference"] = report.official.difference.text(lang)
    if report.problem is not None:
        found["problem"] = {"code": report.problem.code, "message": report.problem.text.text(lang)}
    return found


def as_json_text(report: FileReport, lang: str) -> str:
    """The entry as one line of JSON."""
    return json.dumps(as_json(report, lang), ensure_ascii=False)


def totals(counts: dict[str, int], lang: str) -> str:
    """How many files have which verdict."""
    return ", ".join(f"{counts[v]} {_word(words, lang)}" for v, words in _VERDICTS.items() if v in counts)


def _fired_lines(report: FileReport, rules: RuleSet, fired: Iterable[Fired], before: str, lang: str) -> Iterator[str]:
    for one in fired:
        at = _at(report.lines.get(one.at, 1), one.at, lang)
        yield f"  {before}{at}: {rules.message(one.rule, lang)} [{one.rule}]"
        yield f"    {_word(_WORDS['remedy'], lang)}: {rules.remedy(one.rule, lang)}"


def _official_lines(report: FileReport, lang: str) -> Iterator[str]:
    official = report.official
    if report.official_asked and official.state in ("crashed", "not-run"):
        yield f"  {_word(_WORDS[f'official-{official.state}'], lang)}"
    for message in official.messages:
        yield f"  {_word(_WORDS['official'], lang)}: {message}"
    if official.difference is not None:
        yield f"  {official.difference.text(lang)}"


def _fired_json(report: FileReport, rules: RuleSet | None, fired: Iterable[Fired], lang: str) -> list[dict[str, Any]]:
    if rules is None:
        return []
    return [
        {
            "rule": one.rule,
            "at": one.at,
            "message": rules.message(one.rule, lang),
            "remedy": rules.remedy(one.rule, lang),
            "line": report.lines.get(one.at, 1),
        }
        for one in fired
    ]


def _attachment_json(problem: AttachmentProblem, lang: str) -> dict[str, Any]:
    return {
        "code": problem.code,
        "line": problem.line,
        "path": problem.path,
        "message": problem.message(lang),
        "remedy": problem.remedy(lang),
    }


def _at(line: int, place: str, lang: str) -> str:
    return f"{_word(_WORDS['line'], lang)} {line}, {place}"


def _word(words: tuple[str, str], lang: str) -> str:
    return words[lang == "en"]
