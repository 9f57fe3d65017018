"""What a file report says to a person (lines) and to a program (JSON, as in `validate --json`)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from dod2oso.base.texts import Text
from dod2oso.findings.pages import page_of
from dod2oso.oso.attachments import AttachmentProblem
from dod2oso.oso.check_files import FileReport
from dod2oso.oso.rules.model import Fired
from dod2oso.oso.rules.ruleset import RuleSet, ruleset

_VERDICTS = ("valid", "invalid", "not-checked", "failed")


def as_lines(report: FileReport, lang: str) -> Iterator[str]:
    """One line with the verdict, then every finding with line, place, message and remedy."""
    about = f" (OSO {report.version}, {report.layer})" if report.version else ""
    yield f"{report.name}{about}: {Text(f'verdict-{report.verdict}').text(lang)}"
    if report.problem is not None:
        yield f"  {report.problem.text.text(lang)}"
        return
    for note in report.notes:
        yield f"  {note.text(lang)}"
    checked = report.checked
    if checked.schema.state == "crashed":
        yield f"  {Text('check-schema-crashed').text(lang)}"
    for error in checked.schema.errors:
        yield f"  {_at(error.line, error.path, lang)}: {error.text(lang)}"
    if checked.rules.state == "crashed":
        yield f"  {Text('check-rules-crashed').text(lang)}"
    rules = ruleset(report.version, report.layer)
    yield from _fired_lines(report, rules, checked.rules.fired, "", lang)
    yield from _fired_lines(report, rules, checked.rules.advised, Text("check-advice").text(lang) + ": ", lang)
    for problem in report.attachments:
        at = _at(problem.line, problem.path, lang)
        yield f"  {Text('check-attachment').text(lang)}: {at}: {problem.message(lang)}"
        yield f"    {Text('check-remedy').text(lang)}: {problem.remedy(lang)}"
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
                {"line": error.line, "path": error.path, "message": error.text(lang), "page": page_of("oso-schema")}
                for error in checked.schema.errors
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
    return ", ".join(f"{counts[word]} {Text(f'verdict-{word}').text(lang)}" for word in _VERDICTS if word in counts)


def _fired_lines(report: FileReport, rules: RuleSet, fired: Iterable[Fired], before: str, lang: str) -> Iterator[str]:
    for one in fired:
        at = _at(report.lines.get(one.at, 1), one.at, lang)
        yield f"  {before}{at}: {rules.message(one.rule, lang)} [{one.rule}]"
        yield f"    {Text('check-remedy').text(lang)}: {rules.remedy(one.rule, lang)}"


def _official_lines(report: FileReport, lang: str) -> Iterator[str]:
    official = report.official
    if report.official_asked and official.state in ("crashed", "not-run"):
        yield f"  {Text(f'check-official-{official.state}').text(lang)}"
    for message in official.messages:
        yield f"  {Text('check-official').text(lang)}: {message}"
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
            "page": page_of(one.rule, "rule"),
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
    return Text("check-at", line=line, place=place).text(lang)
