"""The region of the tests, once per session: what it said on each date is kept, and what stands there is the last."""

from pathlib import Path

import pytest

from dod2oso.project.packages import Package
from tests.project.region import Region, number_of, on_the_first_date, on_the_second_date


@pytest.fixture(scope="session", name="region")
def _region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    folder: Path = tmp_path_factory.mktemp("region") / "regio"
    region = Region.made(folder)
    on_the_first_date(region)
    region.run()
    on_the_second_date(region)
    region.run()
    return region


@pytest.fixture(scope="session", name="packages")
def _packages(region: Region) -> dict[int, Package]:
    """The package of every school by its number, as they were after the second date."""
    return {number_of(package): package for package in region.packages()}
