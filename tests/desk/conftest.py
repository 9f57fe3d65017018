"""A small project that ran: a school with all, one of which nothing came, one whose file is broken."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dod2oso.desk import working
from dod2oso.project.init import make_project
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from dod2oso.sandbox.demo import DATUM
from tests.corpus.kit import Quiet
from tests.desk.kit import Caller, running
from tests.desk.warm import Warm
from tests.project.region import Region
from tests.sandbox.test_demo import region

SETTINGS = '\n[handover]\nsender = "bron"\n[handover.tls]\nca = "ca.pem"\ncertificate = "x.p12"\n'


@pytest.fixture(autouse=True)
def _jobs_begin_warm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where a test is marked `cold`: there a job begins as it does for a user."""
    if request.node.get_closest_marker("cold") is None:
        monkeypatch.setattr(working, "multiprocessing", Warm())


@pytest.fixture(name="ran", scope="session")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    region = Region.made(tmp_path_factory.mktemp("desk") / "regio")
    for number in (0, 1):
        region.deliver(number)
    broken = region.deliver(2)
    broken.write_bytes(broken.read_bytes()[:700])
    given = Options(exports=(), transfer="", datum="2025-06-15")
    run(region.project.options("POVO", region.project.inbox(), given), Quiet())
    return region.folder


@pytest.fixture(name="project")
def _project(ran: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copytree(ran, tmp_path / "regio"))


@pytest.fixture(name="caller")
def _caller(project: Path, tmp_path: Path) -> Iterator[Caller]:
    with running(tmp_path, project) as caller:
        caller.enter()
        yield caller


@pytest.fixture(name="fresh")
def _fresh(tmp_path: Path) -> Iterator[Caller]:
    make_project(tmp_path / "nieuw", ["POVO"], name="Regio Nieuw")
    with running(tmp_path, tmp_path / "nieuw") as caller:
        caller.enter()
        yield caller


@pytest.fixture(name="ready", scope="session")
def _ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with dossiers that are ready, of two schools, and the sender `bron`."""
    folder = tmp_path_factory.mktemp("klaar") / "regio"
    make_project(folder, ["POVO"], name="Regio Klaar")
    given = region(folder.parent / "bron")
    for path in given.exports:
        for each in path.iterdir() if path.is_dir() else [path]:
            shutil.copy(each, folder / "exports")
    shutil.copy(given.schools, folder / "scholen.csv")
    shutil.copy(given.supplement, folder / "aanvullingen/alles.csv")
    with (folder / "dod2oso.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    options = Options(
        (folder / "exports",), "POVO", out_dir=folder / "dod2oso-out/POVO", schools=given.schools,
        supplements=(given.supplement,), datum=DATUM, sender="bron",
    )  # fmt: skip
    run(options, Quiet())
    return folder


@pytest.fixture(name="handing")
def _handing(ready: Path, tmp_path: Path) -> Iterator[Caller]:
    project = Path(shutil.copytree(ready, tmp_path / "regio"))
    with running(tmp_path, project) as caller:
        caller.enter()
        yield caller
