"""Rehearsals with the stand shared by a module: converting the made-up pupils is nearly all they cost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dod2oso.base.texts import Text
from dod2oso.handover.wire.load import shipped
from dod2oso.ledger.store import Ledger
from dod2oso.qualify import kit as kits
from dod2oso.qualify.answers import Inputs, used_pupils
from dod2oso.qualify.kit import Kit
from dod2oso.qualify.outcome import Result
from dod2oso.qualify.rehearse import _one
from dod2oso.qualify.scene import Elsewhere, Mode, Scene, on_stage
from dod2oso.qualify.stand import Stand, make

SECONDS = 120.0  # a busy machine is no fault


class House(NamedTuple):
    """Our own source with the pupils of a kit, and a folder for certificates."""

    kit: Kit
    stand: Stand
    folder: Path

    @contextlib.asynccontextmanager
    async def stage(self, mode: Mode = Mode.own, **more: Any) -> AsyncIterator[Scene]:
        options: dict[str, Any] = {
            "elsewhere": Elsewhere(), "seconds": SECONDS, "person": lambda _text: False, "say": lambda _text: None,
        } | more  # fmt: skip
        wire = shipped(self.kit.speaks.wire)
        async with on_stage(
            self.folder, self.kit, mode, wire, kits.pupils(), Inputs().pgns(),
            None if mode is Mode.source else self.stand, **options,
        ) as scene:  # fmt: skip
            yield scene

    def play(self, *names: str) -> dict[str, Result]:
        """These scenarios with our own source as it is now."""

        async def main() -> dict[str, Result]:
            async with self.stage() as scene:
                return {name: await _one(scene, name, {}) for name in names}

        return asyncio.run(main())


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main())


@contextlib.contextmanager
def house(folder: Path, name: str, but: tuple[str, ...] = ()) -> Iterator[House]:
    """A stand with the pupils of a kit, without these."""
    chosen = kits.kit(name)
    out = folder / "dod2oso-out"
    out.mkdir(parents=True)
    with Ledger.open(out / "ledger.sqlite", out) as ledger:
        said: list[Text] = []
        yield House(chosen, make(ledger, folder, chosen, used_pupils(chosen) - set(but), said.append), folder / "pki")
        assert said
