"""What all tests share: the folder with facts and public standards, which is not part of this repository."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.told"]


def shared(*parts: str) -> Path:
    """A path in the shared folder (DOD2OSO_SHARED, or `shared` beside the checkout); skips when absent."""
    folder = os.environ.get("DOD2OSO_SHARED")
    base = Path(folder) if folder else Path(__file__).resolve().parents[2] / "shared"
    path = base.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs the shared folder ({'/'.join(parts) or 'root'}): set DOD2OSO_SHARED")
    return path


@pytest.fixture(name="shared")
def _shared() -> Path:
    """The shared folder; the test is skipped when it is absent."""
    return shared()
