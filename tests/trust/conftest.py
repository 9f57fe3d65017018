"""The sample region, converted once for all tests here."""

from pathlib import Path

import pytest

from tests.trust.kit import convert


@pytest.fixture(name="region", scope="session")
def _region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never written in: copy it."""
    out = tmp_path_factory.mktemp("region") / "out"
    convert(out)
    return out
