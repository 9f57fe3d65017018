"""`dod2oso doctor`: is everything here that is needed, and will it still be tomorrow."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dod2oso.base.errors import ExitCode
from dod2oso.base.texts import Text
from dod2oso.cli.options import OUT, AsJson, Config, Lang, Out, Url

_MARK = {"ok": "  ", "note": "- ", "warning": "! ", "error": "X "}


def doctor(
    out: Out = OUT,
    ledger: Url = "",
    config: Config = None,
    restore: Annotated[bool, typer.Option("--restore")] = False,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Check the surroundings: versions, extras, disk, settings, ledger and certificates."""
    from dod2oso.cli.health import examine

    if restore:
        from dod2oso.ledger.safety import restore as put_back

        day = put_back(out, Path(ledger) if ledger else None)
        _tell_the_audit_log(ledger or out, out, day)
        typer.echo(Text("ledger-restored", day=day).text(lang.value), err=True)
    checks = examine(out, ledger, config)
    if as_json:
        rows = [{"name": c.name, "level": c.level, "message": c.text.text(lang.value)} for c in checks]
        typer.echo(json.dumps({"format": 1, "checks": rows}, ensure_ascii=False, indent=2))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            typer.echo(f"{_MARK[check.level]}{check.name:<{width}}  {check.text.text(lang.value)}")
    if any(check.level == "error" for check in checks):
        raise typer.Exit(int(ExitCode.CONFIGURATION))


def _tell_the_audit_log(target: str | Path, out: Path, day: str) -> None:
    """The file beside an older copy of the ledger tells more than that copy: the lines come back, and why is said."""
    from dod2oso.base.folderlock import held
    from dod2oso.cli.handover_start import account_of, opened_ledger
    from dod2oso.ledger import audit_file
    from dod2oso.trust.audit import note

    with held(out, "doctor --restore"), opened_ledger(str(target), out) as opened:
        status = audit_file.repair(opened, account_of(""))
        note(opened, "ledger-restored", account_of(""), copy_of=day, audit_file=status.how.value)
