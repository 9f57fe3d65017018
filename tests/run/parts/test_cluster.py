"""A cluster on this machine writes what one process writes, and a lost worker costs nothing."""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError, TryLaterError
from dod2oso.run.parts import cluster
from dod2oso.run.pipeline import run
from tests.corpus.kit import Quiet, pupil, reference, write
from tests.refusals import refused
from tests.run.parts.kit import converting_nothing, left_behind, options_for, rows

distributed = pytest.importorskip("distributed", reason="needs the extra 'cluster'")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write(folder / "groot.xml", reference(*(pupil(n) for n in range(1, 24))))
    write(folder / "klein.xml", reference(pupil(3), pupil(31)))
    return folder


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
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = options_for(tmp_path / "heel", exports), options_for(tmp_path / "uit", exports)
    run(whole, Quiet())
    monkeypatch.setenv("DOD2OSO_TEST_MARK", str(tmp_path / "dead"))
    monkeypatch.setattr(cluster, "_make", _die_once)
    with converting_nothing():
        run(replace(parts, cluster=cluster.LOCAL, workers=2), Quiet())
    assert (tmp_path / "dead").exists()
    assert left_behind(parts.out_dir) == left_behind(whole.out_dir)
    assert rows(parts.out_dir) == rows(whole.out_dir)
    assert not (parts.out_dir / "delen").exists()


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
