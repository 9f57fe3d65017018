"""By OSO category and field, by source field, by finding, by reason."""

from collections.abc import Iterable

from dod2oso.report import queries
from dod2oso.report.grouping import group_reasons
from dod2oso.report.model import FieldPart, Report
from dod2oso.report.osofields import TargetPart
from dod2oso.report.texts import Lexicon
from dod2oso.report.views.value import Badge, Code, Column, Counted, Share, View, column, severity_words, view


def _fill_columns(words: Lexicon) -> tuple[Column, ...]:
    return (
        column("heading-asked", words, 18, filter=True),
        column("heading-has", words, 11),
        column("heading-lacks", words, 11),
    )


def _levels(words: Lexicon) -> dict[str, Badge]:
    """What a transfer asks of a field (oso/requirements.py), as people read it."""
    return {
        "required": Badge("required", words.say("level-required")),
        "one-of": Badge("one-of", words.say("level-one-of")),
        "conditional": Badge("conditional", words.say("level-conditional")),
        "in-block": Badge("in-block", words.say("level-in-block")),
        "advised": Badge("advised", words.say("level-advised")),
        "law": Badge("advised", words.say("level-law")),
        "forbidden": Badge("forbidden", words.say("level-forbidden")),
        "optional": Badge("optional", words.say("level-optional")),
    }


@view("categories")
def categories(report: Report, words: Lexicon) -> View:
    levels = _levels(words)
    made = report.dossiers.ready + report.dossiers.held
    columns = (
        column("heading-category", words, 34),
        *_fill_columns(words),
        column("heading-share", words, shown="page"),
    )
    rows = [
        (part.label, levels[part.level], part.dossiers, part.lacks, Share(part.dossiers, made))
        for part in report.categories
    ]
    return View("categories", words.say("view-categories"), columns, rows)


@view("targets")
def targets(report: Report, words: Lexicon) -> View:
    return targets_of(report.targets, words)


def targets_of(parts: Iterable[TargetPart], words: Lexicon) -> View:
    """Some of the OSO fields: on the page they stand by category."""
    levels = _levels(words)
    columns = (
        column("heading-meaning", words, 44),
        column("heading-target", words, 60, under="meaning", as_code=True),
        *_fill_columns(words),
        column("heading-rules", words, 44, shown="sheet"),
    )
    rows = [
        (part.label, part.path, levels[part.level], part.dossiers, part.lacks, ", ".join(part.rules)) for part in parts
    ]
    return View("targets", words.say("view-targets"), columns, rows)


@view("fields")
def fields(report: Report, words: Lexicon) -> View:
    return fields_of(report.fields, words)


def fields_of(parts: Iterable[FieldPart], words: Lexicon) -> View:
    """Some of the source fields: on the page they stand by group, and only what did not come along completely."""
    columns = (
        column("heading-meaning", words, 44),
        column("heading-field", words, 44, under="meaning", as_code=True),
        column("heading-along", words, 10),
        column("heading-behind", words, 10, shown="page"),
        column("heading-left-out", words, 12, shown="sheet"),
        column("heading-unmapped", words, 12, shown="sheet"),
        column("heading-refused", words, 14, shown="sheet"),
        column("heading-decided", words, 14),
        column("heading-why", words, 60),
    )
    rows = [
        (
            part.label,
            part.name,
            part.mapped,
            part.behind,
            part.dropped,
            part.unmapped,
            part.refused,
            part.decided,
            [
                Counted(reason.count, reason.text, reason.ground, "legal" if reason.legal else reason.outcome)
                for reason in part.reasons
            ],
        )
        for part in parts
    ]
    return View("fields", words.say("view-fields"), columns, rows)


@view("decisions")
def decisions(report: Report, words: Lexicon) -> View | None:
    """What people decided, and how often that counted; None when nobody decided anything."""
    if not report.decisions:
        return None
    outcomes = {
        queries.USED: Badge("used", words.say("decision-used")),
        queries.LEFT: Badge("left", words.say("decision-left")),
        queries.CONTRADICTED: Badge("contradicted", words.say("decision-contradicted")),
        queries.IDLE: Badge("idle", words.say("decision-idle")),
    }
    columns = (
        column("heading-decision", words, 14, as_code=True),
        column("heading-outcome", words, 28, filter=True),
        column("heading-meaning", words, 44),
        column("heading-field", words, 44, under="meaning", as_code=True),
        column("heading-values", words, 10),
        column("heading-dossiers", words, 10),
    )
    rows = [
        (part.id, outcomes[part.outcome], part.label, part.field, part.count, part.dossiers)
        for part in report.decisions
    ]
    return View("decisions", words.say("view-decisions"), columns, rows)


@view("findings")
def findings(report: Report, words: Lexicon) -> View:
    severities = severity_words(words)
    columns = (
        column("heading-finding", words, 60),
        column("heading-remedy", words, 60, under="finding"),
        column("heading-code", words, 28, under="finding", as_code=True),
        column("heading-rule", words, 34, shown="sheet"),
        column("heading-shape", words, 26, under="finding"),
        column("heading-severity", words, 10, filter=True),
        column("heading-times", words, 9),
        column("heading-dossiers", words, 10),
        column("heading-schools", words, 10),
    )
    rows = [
        (
            item.text,
            item.remedy,
            Code(item.key.code, item.key.about),
            item.key.rule,
            ", ".join(item.examples),
            severities[item.severity],
            item.count,
            item.dossiers,
            item.schools,
        )
        for item in report.findings
    ]
    return View("findings", words.say("view-findings"), columns, rows)


@view("withheld")
def withheld(report: Report, words: Lexicon) -> View:
    """What the law or the transfer keeps back; the page groups it by reason."""
    return View("withheld", words.say("view-withheld"), *_reasons(report, words, legal=True))


@view("not-converted")
def not_converted(report: Report, words: Lexicon) -> View:
    return View("not-converted", words.say("view-not-converted"), *_reasons(report, words, legal=False))


def _reasons(
    report: Report, words: Lexicon, *, legal: bool
) -> tuple[tuple[Column, ...], list[tuple[str, str, int, str]]]:
    columns = (
        column("heading-reason", words, 50),
        column("heading-field", words, 44),
        column("heading-count", words, 10),
        column("heading-ground", words, 60),
    )
    rows = [
        (group.text, part.label or part.name, count, ground)
        for group in group_reasons(report.fields)
        if group.legal == legal
        for part, count, ground in group.fields
    ]
    return columns, rows
