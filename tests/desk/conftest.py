"""A small project that ran: a school with all, one of which nothing came, one whose file is broken."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.kit import Caller, running
from tests.project.region import Region


@pytest.fixture(name="ran", scope="session")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    region = Region.made(tmp_path_factory.mktemp("desk") / "regio")
    for number in (0, 1):
        region.deliver(number)
    broken = region.deliver(2)
    broken.write_bytes(broken.read_bytes()[:700])
    region.run()
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
