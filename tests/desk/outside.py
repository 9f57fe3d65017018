"""What stands around the source of a project: Traffic Center, a receiving school and partnerships, on loopback."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dod2oso.base.settings_file import FILE
from dod2oso.sandbox.chain import Around, around
from dod2oso.sandbox.demo import DOEL
from dod2oso.sandbox.receiver import Failed
from dod2oso.sandbox.start import PKI, settings_text, wanted_from_ledger
from tests.sandbox.test_start import reserved_port
from tests.waiting import HANG

_ATTEMPTS, _ROUNDS = 8, 3  # a busy machine may be too slow for a receiver once


class Outside:
    """Who fetches."""

    def __init__(self, made: Around, loop: asyncio.AbstractEventLoop) -> None:
        self._made, self._loop = made, loop

    def fetch_all(self, out: Path) -> list[str]:
        """Let the school ask for every pupil of whom a dossier is ready, some times; why, of those that never came."""

        async def ask() -> list[str]:
            left = wanted_from_ledger(out)[1]
            why: list[str] = []
            for _ in range(_ROUNDS):
                came = [(each, await self._made.school.fetch(each, _ATTEMPTS)) for each in left]
                why = [said.code for _each, said in came if isinstance(said, Failed)]
                left = [each for each, said in came if isinstance(said, Failed)]
            return why

        why = asyncio.run_coroutine_threadsafe(ask(), self._loop).result(HANG)
        assert all(each.verdict == "valid" for each in self._made.school.inbox)
        return why


@contextmanager
def standing(project: Path, brins: Sequence[str]) -> Iterator[Outside]:
    """Start it, and put in the settings of the project what a supplier would: addresses, certificates."""
    found: list[Outside] = []
    up, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    async def stand(url: str) -> None:
        async with around(project / PKI, brins, DOEL) as made:
            made.place(url)
            settings = (project / FILE).read_text(encoding="utf-8-sig").partition("\n[handover]")[0]
            (project / FILE).write_text(f"{settings}\n{settings_text(made, url)}", encoding="utf-8")
            found.append(Outside(made, loop))
            up.set()
            await stop.wait()

    with reserved_port() as port:
        thread = threading.Thread(
            target=lambda: loop.run_until_complete(stand(f"https://localhost:{port}/")), daemon=True
        )
        thread.start()
        assert up.wait(HANG)
        try:
            yield found[0]
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(HANG)
            loop.close()
