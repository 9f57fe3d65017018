"""From which edition a workbook is: the project and the run that wrote it, in its row of column names.

Names of columns that begin with # say nothing of a pupil, so whoever reads the workbook passes it over.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from dod2oso.base.pseudonym import Pseudonyms

_EDITION = re.compile(r"#uitgave (?P<project>[a-z2-7]{8}) (?P<run>[0-9a-z-]+)\Z", re.IGNORECASE)


class Edition(NamedTuple):
    """`project`: eight signs that say which project key made it; `run`: the id of the run, in lower case."""

    project: str
    run: str

    @classmethod
    def of(cls, pseudonyms: Pseudonyms, run_id: str) -> "Edition":
        return cls(pseudonyms.of("werkboek")[:8].lower(), run_id.lower())

    @property
    def column(self) -> str:
        return f"#uitgave {self.project} {self.run}"


def edition_in(columns: Iterable[str]) -> Edition | None:
    """The edition among the names of the columns of a table; None where nobody said."""
    for name in columns:
        found = _EDITION.match(name)
        if found is not None:
            return Edition(found["project"].lower(), found["run"].lower())
    return None
