"""`dod2oso handover`: send what is ready, see where it is, take it back, let it go again."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dod2oso.base.errors import ExitCode
from dod2oso.base.texts import Text
from dod2oso.cli.handover_serve import serve
from dod2oso.cli.handover_start import account_of, asker, ledger_in_hand, opened_ledger
from dod2oso.cli.help import Commands
from dod2oso.cli.options import OUT, Account, AsJson, Config, Lang, Out, Url, overstap_name
from dod2oso.cli.retention import remind_of

if TYPE_CHECKING:
    from dod2oso.handover.orders import Ordered
    from dod2oso.handover.send import Sent
    from dod2oso.ledger.handovers import Handover
    from dod2oso.ledger.store import Ledger

app = Commands()
app.command("serve")(serve)

Chosen = Annotated[list[str], typer.Argument(metavar="DOSSIER...")]


@app.command()
def send(
    names: Annotated[list[str] | None, typer.Argument(metavar="[DOSSIER...]")] = None,
    to: Annotated[str, typer.Option("--to", metavar="BRIN")] = "",
    receivers: Annotated[Path | None, typer.Option("--receivers", metavar="FILE")] = None,
    brin: Annotated[str, typer.Option(metavar="BRIN")] = "",
    overstap: Annotated[str | None, typer.Option(parser=overstap_name, metavar="OVERSTAP")] = None,
    out: Out = OUT,
    ledger: Url = "",
    config: Config = None,
    account: Account = "",
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Hand ready dossiers over with the sender in dod2oso.toml (else: the outbox)."""
    from dod2oso.cli.settings import load_settings
    from dod2oso.handover.sending import Wish, senders_for
    from dod2oso.handover.sending import send as send_wished

    settings = load_settings(config).handover
    wish = Wish(tuple(names or ()), brin, overstap or "", to, receivers)
    with (
        ledger_in_hand(ledger, out, "send") as opened,
        senders_for(opened, out, settings, asker(lang)) as senders,
        _progress(lang) as watch,
    ):
        sent, without = send_wished(opened, out, settings, senders, wish, account_of(account), watch)
        remind_of(opened, config, lang.value)
    if as_json:
        _dump(_sent_json(sent, settings.sender, without, lang))
    else:
        typer.echo(_sent_text(sent, settings.sender, without, lang))
    raise typer.Exit(int(_exit_code(sent)))


@app.command()
def status(
    names: Annotated[list[str] | None, typer.Argument(metavar="[DOSSIER...]")] = None,
    listed: Annotated[bool, typer.Option("--list")] = False,
    state: Annotated[str, typer.Option(metavar="STATE")] = "",
    out: Out = OUT,
    ledger: Url = "",
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show how the handovers stand, or all that happened to a dossier."""
    from dod2oso.cli import handover_text
    from dod2oso.handover import status as found_status

    with opened_ledger(ledger, out) as opened:
        if names:
            found: Any = found_status.histories(opened, names)
            text = handover_text.histories_text(found, lang.value)
        elif listed or state:
            found = found_status.listing(opened, state)
            text = handover_text.listing_text(found)
        else:
            found = found_status.totals(opened)
            text = handover_text.totals_text(found, lang.value)
    if as_json:
        _dump({"format": 1, **found})
    else:
        typer.echo(text)


@app.command()
def withdraw(
    names: Chosen,
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Take dossiers back. What has not left goes no more; of what has left the receiver must hear."""
    from dod2oso.handover import orders
    from dod2oso.handover.senders.registry import local_senders

    _order(
        "withdraw", names, out, ledger, lang,
        lambda opened, chosen: orders.withdraw(opened, out, local_senders(opened, out), chosen, account_of(account)),
        "order-withdrawn", "order-not-withdrawn",
    )  # fmt: skip


@app.command()
def recipient(
    certificate: Annotated[Path | None, typer.Argument(metavar="[FILE]")] = None,
    clear: Annotated[bool, typer.Option("--clear")] = False,
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Say for whose certificate the outbox is encrypted, or show it."""
    from dod2oso.base.errors import UsageError
    from dod2oso.handover.envelope import recipient as known
    from dod2oso.handover.envelope import set_recipient

    if clear and certificate is not None:
        raise UsageError("recipient-or-clear")
    if clear or certificate is not None:
        with ledger_in_hand(ledger, out, "recipient") as opened:
            set_recipient(opened, certificate, account_of(account))
    with opened_ledger(ledger, out) as opened, opened.read() as connection:
        found = known(connection)
    said = Text("outbox-clear") if found is None else Text("outbox-for", fingerprint=found.fingerprint)
    typer.echo(f"{Text('heading-outbox').text(lang.value)}: {said.text(lang.value)}")


@app.command()
def retry(
    names: Chosen,
    not_arrived: Annotated[bool, typer.Option("--not-arrived")] = False,
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Let refused, expired or withdrawn dossiers go along again with the next send."""
    from dod2oso.handover import orders

    _order(
        "retry", names, out, ledger, lang,
        lambda opened, chosen: orders.retry(opened, out, chosen, account_of(account), not_arrived=not_arrived),
        "order-released", "order-not-released",
    )  # fmt: skip


@app.command()
def confirm(
    names: Chosen,
    out: Out = OUT,
    ledger: Url = "",
    account: Account = "",
    lang: Lang = Lang.nl,
) -> None:
    """Record that the receiver has a dossier of which that was uncertain (sent-unknown)."""
    from dod2oso.handover import orders

    _order(
        "confirm", names, out, ledger, lang,
        lambda opened, chosen: orders.confirm(opened, out, chosen, account_of(account)),
        "order-confirmed", "order-not-confirmed",
    )  # fmt: skip


@contextmanager
def _progress(lang: Lang) -> Iterator[Any]:
    """A bar on a terminal while dossiers go to a gateway."""
    bar: Any = None

    def watch(_outcome: str, left: int) -> None:
        nonlocal bar
        if bar is None and sys.stderr.isatty():
            from tqdm import tqdm

            bar = tqdm(total=left + 1, unit=" dossier", desc=Text("sending").text(lang.value), file=sys.stderr)
        if bar is not None:
            bar.update(1)

    try:
        yield watch
    finally:
        if bar is not None:
            bar.close()


def _exit_code(sent: "Sent") -> ExitCode:
    pushed = sent.pushed
    if pushed.problem is not None and not (pushed.acknowledged or pushed.refused or pushed.unknown):
        return ExitCode.TRY_LATER
    if (
        pushed.problem is not None
        or pushed.refused
        or pushed.unknown
        or pushed.doubtful
        or sent.changed
        or sent.unfinished
        or sent.uninspected
    ):
        return ExitCode.HANDED_OVER_PARTLY
    return ExitCode.DONE


def _sent_json(sent: "Sent", sender: str, without: int, lang: Lang) -> dict[str, Any]:
    pushed = sent.pushed
    return {
        "format": 1,
        "sender": sender,
        "staged": sent.staged,
        "changed": sent.changed,
        "unfinished": sent.unfinished,
        "uninspected": sent.uninspected,
        "acknowledged": pushed.acknowledged,
        "refused": pushed.refused,
        "unknown": pushed.unknown + pushed.doubtful,
        "left": pushed.left,
        "without_receiver": without,
        "problem": pushed.problem.text(lang.value) if pushed.problem else "",
    }


def _sent_text(sent: "Sent", sender: str, without: int, lang: Lang) -> str:
    pushed = sent.pushed
    lines = [Text("sent-staged", count=sent.staged, sender=sender)]
    for key, count in (
        ("sent-acknowledged", pushed.acknowledged),
        ("sent-refused", pushed.refused),
        ("sent-in-doubt", pushed.unknown + pushed.doubtful),
        ("sent-not-yet", pushed.left),
        ("sent-file-changed", sent.changed),
        ("sent-run-unfinished", sent.unfinished),
        ("sent-uninspected", sent.uninspected),
        ("sent-without-receiver", without),
    ):
        if count:
            lines.append(Text(key, count=count))
    problem = [pushed.problem.text(lang.value)] if pushed.problem is not None else []
    return "\n".join([*(line.text(lang.value) for line in lines), *problem])


def _order(
    command: str,
    names: list[str],
    out: Path,
    ledger: str,
    lang: Lang,
    order: "Callable[[Ledger, list[Handover]], Ordered]",
    good: str,
    bad: str,
) -> None:
    """Do an order about these dossiers, and say for how many it worked and for how many not (keys of texts)."""
    from dod2oso.handover.orders import named

    with ledger_in_hand(ledger, out, command) as opened:
        done = order(opened, named(opened, names))
    typer.echo(Text(good, count=done.done).text(lang.value))
    if done.recalled:
        typer.echo(Text("order-recalled", count=done.recalled).text(lang.value), err=True)
    if done.too_late:
        typer.echo(Text(bad, count=done.too_late).text(lang.value), err=True)
        raise typer.Exit(int(ExitCode.HANDED_OVER_PARTLY))


def _dump(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
