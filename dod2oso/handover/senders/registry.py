"""The ways to hand over that there are. A sender registers itself; ALL below names the modules.

To add one: its module in this folder, and its name in ALL.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from dod2oso.handover.config import Handover
from dod2oso.handover.senders.sender import Sender
from dod2oso.handover.tls import Ask
from dod2oso.ledger.store import Ledger

ALL = ("outbox", "queue", "bron")


@dataclass(frozen=True, slots=True)
class SenderKind:
    """One way to hand over.

    `local` can stage and take back, and calls nobody. `connected` can push as well; it needs `extra` (the modules,
    and the name of the extra that brings them). `lacking`: what the settings miss for it, "" when nothing.
    """

    name: str
    local: Callable[[Ledger, Path], Sender]
    connected: Callable[[Ledger, Path, Handover, Ask | None], AbstractContextManager[Sender]] | None = None
    extra: tuple[tuple[str, ...], str] = ((), "")


_KINDS: dict[str, SenderKind] = {}


def register(kind: SenderKind) -> None:
    _KINDS[kind.name] = kind


def sender_kinds() -> Mapping[str, SenderKind]:
    """Every kind by name, as in `sender` of the settings."""
    for name in ALL:
        import_module(f"dod2oso.handover.senders.{name}")
    return _KINDS


def local_senders(ledger: Ledger, out_dir: Path) -> dict[str, Sender]:
    """All senders, able to stage and to take back; none of these can call anybody."""
    return {name: kind.local(ledger, out_dir) for name, kind in sender_kinds().items()}
