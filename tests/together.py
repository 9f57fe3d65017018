"""Which files of tests one worker does: what is costly to make, and used in several files, is then made once.

A pytest plugin. Otherwise a file is the unit (`--dist loadfile`).
"""

from typing import Any

import pytest

# Folders of which the files share a region or a browser, and files that share the dossiers of tests/oso/corpus.py.
_FOLDERS = ("tests/browser/", "tests/desk/", "tests/trust/")
_FILES = {
    "tests/project/test_board.py": "the region of four dates",
    "tests/project/test_packages.py": "the region of four dates",
    "tests/project/test_region.py": "the region of four dates",
    "tests/conformance/test_answers.py": "the dossiers of every version",
    "tests/conformance/test_package.py": "the dossiers of every version",
    "tests/corpus/test_oso_source.py": "the dossiers of every version",
    "tests/oso/test_corpus.py": "the dossiers of every version",
}


def unit(test: str) -> str:
    """What the test with this name belongs to: all of it goes to the same worker."""
    file = test.split("::", 1)[0]
    return next((folder for folder in _FOLDERS if file.startswith(folder)), _FILES.get(file, file))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The scheduler by files, by these units."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByUnit(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    return ByUnit(config, log)
