"""The region of the tests, once per session: what it said on each date is kept, and what stands there is the last."""

from pathlib import Path

import pytest

from dod2oso.project.packages import Package
from tests.project.region import (
    DATES,
    OLDER,
    Region,
    number_of,
    on_the_first_date,
    on_the_fourth_date,
    on_the_second_date,
    on_the_third_date,
)


@pytest.fixture(scope="session", name="region")
def _region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    folder: Path = tmp_path_factory.mktemp("region") / "regio"
    region = Region.made(folder)
    on_the_first_date(region)
    region.run(DATES[0])
    region.old = region.edition(OLDER)
    on_the_second_date(region)
    region.run(DATES[1])
    region.sent = {number_of(package): package for package in region.packages()}
    on_the_third_date(region)
    region.run(DATES[2])
    on_the_fourth_date(region)
    region.run(DATES[3], forget_supplements=True)
    return region


@pytest.fixture(scope="session", name="packages")
def _packages(region: Region) -> dict[int, Package]:
    """The package of every school by its number, as they were sent on the second date."""
    return region.sent
