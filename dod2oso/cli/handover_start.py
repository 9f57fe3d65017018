"""What every `dod2oso handover` command begins with: the ledger it opens, who gives the order, a passphrase."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dod2oso.base.texts import Text
from dod2oso.cli.options import Lang

if TYPE_CHECKING:
    from dod2oso.handover.tls import Ask
    from dod2oso.ledger.store import Ledger


def account_of(given: str) -> str:
    """Who gives the order: as said, else the user of this machine."""
    from dod2oso.ledger.audit import system_account

    return given or system_account()


@contextmanager
def opened_ledger(ledger: str, out: Path) -> "Iterator[Ledger]":
    """The ledger of a run that was; none is made."""
    from dod2oso.ledger.store import Ledger

    with Ledger.open(ledger or out, out, create=False) as opened:
        yield opened


@contextmanager
def ledger_in_hand(ledger: str, out: Path, command: str) -> "Iterator[Ledger]":
    """The same for a command that writes: nobody else does meanwhile."""
    from dod2oso.ledger.safety import ledger_to_write_in

    with ledger_to_write_in(ledger or out, out, f"handover {command}") as opened:
        yield opened


def asker(lang: Lang) -> "Ask | None":
    """Asks for the passphrase of a file without showing it; None where there is no terminal to ask on."""
    import getpass
    import sys

    if not sys.stdin.isatty():
        return None
    return lambda name: getpass.getpass(Text("passphrase-question", file=name).text(lang.value))
