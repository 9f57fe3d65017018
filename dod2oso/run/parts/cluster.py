"""Converting on a Dask cluster: its workers make the parts, and the run that asked for it joins them.

A cluster is on this machine (`local`) or anywhere, as long as all its workers see the exports and the output folder
under the same path. The unit of a worker that is lost is made by another; what it left half made is no file. Who can
reach the scheduler can run anything on its workers: see docs/in-delen.md.
"""

import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from dod2oso.base.errors import ConfigurationError, TryLaterError
from dod2oso.base.texts import Text
from dod2oso.base.wipe import wipe
from dod2oso.run.parts import file as part_file
from dod2oso.run.parts.division import MOST, Share, divide
from dod2oso.run.parts.joining import Parts, joined, whole_parts
from dod2oso.run.parts.making import Made, Maker
from dod2oso.run.session import Options, Session, open_beside
from dod2oso.source.container.database import is_database_url

LOCAL = "local"
_CONNECT = 10  # seconds to wait for a scheduler
_APPEAR = 60  # seconds for a file to appear here that a worker wrote in a shared folder
_AGAIN = 0.2


class _Task(NamedTuple):
    """One unit of one part. `job`: which run; a worker keeps what it prepared for it."""

    job: str
    share: Share
    number: int


def convert_on_cluster(session: Session) -> Parts:
    """Have all parts made, and open them.

    Raises ConfigurationError without the package or a shared folder, TryLaterError when the cluster cannot be reached
    or is lost: the same command then goes on with what is there.
    """
    with _client(session.options) as client:
        workers = min(_number_of_workers(client), MOST)
        removed = _remove_others(session.options.out_dir, workers)
        if removed:
            session.progress.message(Text("cluster-parts-removed", count=removed))
        units = divide(session.sources.exports, workers)
        shares = [Share(number, workers) for number in range(1, workers + 1)]
        job = secrets.token_hex(8)
        tasks = [
            _Task(job, share, number)
            for share, mine in zip(shares, units, strict=True)
            for number in range(max(1, len(mine)))
        ]
        session.progress.message(Text("cluster-at-work", count=len(tasks)))
        _run(client, _for_workers(session), tasks, session)
    return joined(session, whole_parts(session.options.out_dir))


def _run(client: Any, options: Options, tasks: Sequence[_Task], session: Session) -> None:
    from distributed import as_completed  # its functions say no types
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    futures = {client.submit(_make, options, task, pure=False): task for task in tasks}
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            made: Made = future.result()
            task = futures[future]
            _wait_for(part_file.place(session.options.out_dir, task.share, task.number))
            session.progress.message(Text("cluster-part-done", done=done, count=len(tasks), name=made.export))
    except (KilledWorker, FutureCancelledError, OSError):
        raise TryLaterError("cluster-lost") from None
    finally:
        client.cancel(list(futures))


def _wait_for(path: Path) -> None:
    """A folder on a network may show late what another machine wrote."""
    for _ in range(int(_APPEAR / _AGAIN)):
        if path.is_file():
            return
        next(path.parent.iterdir(), None)  # asks a network folder anew
        time.sleep(_AGAIN)
    raise ConfigurationError("cluster-folder")


@contextmanager
def _client(options: Options) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ConfigurationError("cluster-absent") from None
    with ExitStack() as stack:
        if options.cluster == LOCAL:
            number = options.workers if options.workers > 1 else os.cpu_count() or 1
            cluster: Any = stack.enter_context(
                LocalCluster(
                    n_workers=number,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address=None,
                    memory_limit=0,
                    silence_logs=_SILENT,
                )
            )
        else:
            cluster = options.cluster
        try:
            client = stack.enter_context(Client(cluster, timeout=_CONNECT))
        except (OSError, ValueError):
            raise TryLaterError("cluster-unreachable") from None
        yield client


_SILENT = 50  # of logging: what a worker says of its own machinery is told by us


def _number_of_workers(client: Any) -> int:
    """How many there are; a worker that was started in the same moment as this gets the time to appear."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT)
    except TimeoutError:
        raise TryLaterError("cluster-unreachable") from None
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _remove_others(out_dir: Path, workers: int) -> int:
    """What is left of another division cannot be joined with this one; what is of this one is used. How many went."""
    ours = tuple(part_file.prefix(Share(number, workers)) for number in range(1, workers + 1))
    return sum(wipe(path) for path in part_file.there(out_dir) if not path.name.startswith(ours))


def _for_workers(session: Session) -> Options:
    """What a worker is asked: the same, by itself, wherever it runs."""
    options = session.options
    paths = {each.name: _absolute(getattr(options, each.name)) for each in fields(options) if each.name != "exports"}
    exports = [path if is_database_url(str(path)) else Path(path).absolute() for path in options.exports]
    selection = replace(options.selection, pupils=_absolute(options.selection.pupils))
    mine = {"exports": exports, "selection": selection, "workers": 1, "cluster": None, "confirm": None}
    return replace(options, **(paths | mine | {"dated": session.datum, "ledger": None}))


def _absolute(value: Any) -> Any:
    if isinstance(value, Path):
        return value.absolute()
    if isinstance(value, list | tuple) and value and all(isinstance(each, Path) for each in value):
        return tuple(each.absolute() for each in value)
    return value


# --- in a worker ---

_alone = threading.Lock()  # a worker may have several threads; converting has one
_prepared: dict[str, tuple[ExitStack, Maker]] = {}


def _make(options: Options, task: _Task) -> Made:
    with _alone:
        return _maker(options, task).make(task.share, task.number)


def _maker(options: Options, task: _Task) -> Maker:
    """What was prepared for this run, once per worker."""
    if task.job not in _prepared:
        for stack, _maker_before in _prepared.values():
            stack.close()
        _prepared.clear()
        stack = ExitStack()
        session = stack.enter_context(open_beside(options, _Nobody(), alone=False))
        _prepared[task.job] = stack, Maker(session, task.share.of)
    return _prepared[task.job][1]


class _Nobody:
    """Nobody watches a worker."""

    def export(self, name: str, number: int, total: int, records: int) -> None:
        pass

    def dossiers(self, done: int) -> None:
        pass

    def message(self, text: Text) -> None:
        pass
