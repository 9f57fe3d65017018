"""`dod2oso retention`: the terms, what is kept here, and what of it is over its term."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.handover_start import opened_ledger
from dod2oso.cli.options import OUT, AsJson, Config, Lang, Out, Url
from dod2oso.cli.settings import typed_for

if TYPE_CHECKING:
    from dod2oso.ledger.store import Ledger


def show_retention(
    out: Out = OUT,
    ledger: Url = "",
    config: Config = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show the terms, what is kept here, and what is over its term."""
    from dod2oso.base.clock import run_date
    from dod2oso.cli.settings import load_settings
    from dod2oso.trust.holdings import completed, days_of, holdings
    from dod2oso.trust.terms import retention

    days, today, facts = days_of(load_settings(config).retention.days_after_handover), run_date(None), retention()
    with opened_ledger(ledger, out) as opened:
        found, schools = holdings(opened, out, today, days, typed_for(out)), completed(opened, today, days)
    if as_json:
        document: dict[str, Any] = {
            "format": 1,
            "days_after_handover": days,
            "terms": {name: term.model_dump() for name, term in facts.terms.items()},
            "holdings": [asdict(each) | {"term": facts.holdings[each.what]} for each in found],
            "schools": [school._asdict() for school in schools],
            "grounds": facts.grounds,
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    say = lang.value
    lines = [Text("retention-terms")]
    for term in facts.terms.values():
        years = Text("retention-years", years=term.years) if term.years is not None else Text("retention-no-years")
        lines.append(Text("retention-term", what=term.what[say], years=years, starts=term.starts[say], who=term.who,
                          ground=term.ground, certainty=term.certainty))  # fmt: skip
    most = facts.terms[facts.limits.most].years
    lines.append(Text("retention-limits", days=days, days_certainty=facts.limits.days_after_handover_certainty,
                      years=most, years_certainty=facts.limits.most_certainty))  # fmt: skip
    lines += [
        Text("retention-holding", what=each.what, count=each.count, oldest=each.oldest, over=each.over)
        for each in found
        if each.count
    ]
    lines += [Text("retention-exports"), Text("retention-grounds", known=", ".join(facts.grounds))]
    for line in lines:
        typer.echo(line.text(say))
    remind(schools, say)


def remind_of(opened: "Ledger", config: Path | None, lang: str) -> None:
    """After a hand-over that is complete: until when what is kept is needed, and what can go by now."""
    from dod2oso.base.clock import run_date
    from dod2oso.cli.settings import load_settings
    from dod2oso.trust.holdings import completed, days_of

    days, today = days_of(load_settings(config).retention.days_after_handover), run_date(None)
    remind(completed(opened, today, days), lang)


def remind(schools: Any, lang: str) -> None:
    """One line per school, to stderr."""
    for school in schools:
        key = "retention-over" if school.over else "retention-plan"
        typer.echo(Text(key, brin=school.brin, last=school.last, until=school.until).text(lang), err=True)
        if school.waiting:
            typer.echo(Text("retention-waiting", brin=school.brin, count=school.waiting).text(lang), err=True)
