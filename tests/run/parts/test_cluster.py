"""A cluster on this machine writes what one process writes, and a lost worker costs nothing."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError, TryLaterError
from dod2oso.base.texts import Text
from dod2oso.run.parts import cluster
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from tests.corpus.kit import Quiet, pupil, reference, write
from tests.refusals import refused
from tests.run.parts.kit import converting_nothing, left_behind, options_for, rows
from tests.waiting import wait_until

distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write(folder / "groot.xml", reference(*(pupil(n) for n in range(1, 24))))
    write(folder / "klein.xml", reference(pupil(3), pupil(31)))
    return folder


@pytest.fixture(name="whole", scope="module")
def _whole(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Options:
    """What one process makes of the same exports."""
    options = options_for(tmp_path_factory.mktemp("whole") / "heel", exports)
    run(options, Quiet())
    return options


def _die_once(options: object, task: object) -> object:
    """As a worker: the first that comes here is killed."""
    mark = Path(os.environ["DOD2OSO_TEST_MARK"])
    try:
        mark.open("x").close()
    except FileExistsError:
        return _PLAIN(options, task)
    os.kill(os.getpid(), signal.SIGKILL)
    return None


_PLAIN = cluster._make


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed as POSIX does")
def test_a_cluster_of_which_a_worker_is_lost_makes_the_run(
    exports: Path, whole: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = options_for(tmp_path / "uit", exports)
    monkeypatch.setenv("DOD2OSO_TEST_MARK", str(tmp_path / "dead"))
    monkeypatch.setattr(cluster, "_make", _die_once)
    with converting_nothing():
        run(replace(parts, cluster=cluster.LOCAL, workers=2), Quiet())
    assert (tmp_path / "dead").exists()
    assert left_behind(parts.out_dir) == left_behind(whole.out_dir)
    assert rows(parts.out_dir) == rows(whole.out_dir)
    assert not (parts.out_dir / "delen").exists()


def _address(scheduler_file: Path) -> str:
    """Of the scheduler that writes this file; it is there before all of it is."""

    def whole() -> bool:
        try:
            return "address" in json.loads(scheduler_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return False

    wait_until(whole)
    return str(json.loads(scheduler_file.read_text(encoding="utf-8"))["address"])


class _Ends(Quiet):
    """Kills the scheduler as soon as the first unit is made; what was said."""

    def __init__(self, scheduler: "subprocess.Popen[bytes]") -> None:
        super().__init__()
        self.scheduler = scheduler
        self.said: list[str] = []

    def message(self, text: Text) -> None:
        self.said.append(text.key)
        if text.key == "cluster-part-done" and self.scheduler.poll() is None:
            self.scheduler.kill()
            self.scheduler.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed as POSIX does")
def test_a_scheduler_that_dies_halfway_loses_nothing(
    exports: Path, whole: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says to give the same command again; on a cluster that is there again that uses what was made."""
    parts = options_for(tmp_path / "uit", exports)
    known = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    file = ["--scheduler-file", str(known)]
    with (
        subprocess.Popen(
            [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *file], **quiet
        ) as boss,
        subprocess.Popen(
            [*dask, "worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *file], **quiet
        ) as worker,
    ):
        try:
            watching = _Ends(boss)
            with refused(TryLaterError, "cluster-lost"):
                run(replace(parts, cluster=_address(known)), watching)
        finally:
            boss.kill()
            worker.kill()
    assert watching.said.count("cluster-part-done") == 1
    assert list((parts.out_dir / "delen").glob("*.deel"))
    assert not any("dossiers/" in name for name in left_behind(parts.out_dir))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # the same number of workers, so the same division
    watching.said.clear()
    with converting_nothing():
        run(replace(parts, cluster=cluster.LOCAL, workers=1), watching)
    assert "cluster-parts-removed" not in watching.said
    made, wanted = left_behind(parts.out_dir), left_behind(whole.out_dir)
    assert made.keys() == wanted.keys()
    assert all(made[name] == text for name, text in wanted.items() if name.startswith("dossiers/"))
    assert not (parts.out_dir / "delen").exists()


def test_files_of_another_division_go_and_that_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "delen"
    folder.mkdir()
    for name in ("1-van-2-0000.deel", "2-van-2-0000.deel", "1-van-3-0000.deel"):
        (folder / name).write_bytes(b"x")
    assert cluster._remove_others(tmp_path, 2) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["1-van-2-0000.deel", "2-van-2-0000.deel"]


def test_a_cluster_that_is_not_there_is_told(exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 1)
    asked = replace(options_for(tmp_path / "uit", exports), cluster="tcp://127.0.0.1:9")
    with refused(TryLaterError, "cluster-unreachable"):
        run(asked, Quiet())


def test_without_the_package_it_says_what_to_install(
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with refused(ConfigurationError, "cluster-absent"):
        run(replace(options_for(tmp_path / "uit", exports), cluster="local"), Quiet())


def test_a_folder_that_workers_do_not_share_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_APPEAR", 0.4)
    with refused(ConfigurationError, "cluster-folder"):
        cluster._wait_for(tmp_path / "1-van-2-0000.deel")


@pytest.mark.skipif(sys.platform == "win32", reason="a process is ended as POSIX does")
def test_a_scheduler_without_workers_is_told(exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 3)
    known = tmp_path / "scheduler.json"
    scheduler = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    with subprocess.Popen(
        [*scheduler, "--scheduler-file", str(known)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as boss:
        try:
            asked = replace(options_for(tmp_path / "uit", exports), cluster=_address(known))
            with refused(TryLaterError, "cluster-unreachable"):
                run(asked, Quiet())
        finally:
            boss.kill()
