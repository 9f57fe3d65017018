"""Where data lies. What is shipped: `mappings/` in a checkout, `_mappings/` inside an installed wheel."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def mappings_dir() -> Path:
    """The folder with dictionary, source profiles, target catalogue and mapping."""
    shipped = _PACKAGE / "_mappings"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "mappings"


def is_shipped(path: Path) -> bool:
    """Whether a file is one of ours, for which nobody but us wrote the content."""
    return path.is_relative_to(_PACKAGE) or path.is_relative_to(mappings_dir())


def user_folder() -> Path:
    """Where dod2oso keeps what a user added: DOD2OSO_DATA, or the folder for application data of this user."""
    chosen = os.environ.get("DOD2OSO_DATA")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("dod2oso", appauthor=False)


def user_cache_folder() -> Path:
    """Where dod2oso keeps what it can make again: in DOD2OSO_DATA, or the folder for caches of this user."""
    chosen = os.environ.get("DOD2OSO_DATA")
    if chosen:
        return Path(chosen) / "cache"
    from platformdirs import user_cache_path

    return user_cache_path("dod2oso", appauthor=False)
