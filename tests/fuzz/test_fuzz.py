"""A few hundred broken inputs in the suite; `make fuzz` does as many as one likes."""

from pathlib import Path

import pytest

from tests.fuzz.__main__ import SHARE, lay, make
from tests.fuzz.targets import attempt

INPUTS = 15  # of each kind, times its share


@pytest.mark.parametrize("kind", SHARE)
def test_broken_inputs_are_read_or_refused_in_words(kind: str, tmp_path: Path) -> None:
    ended = set()
    for number in range(INPUTS * SHARE[kind]):
        lay(make(kind, number), tmp_path / str(number))
        ended.add(attempt(kind, tmp_path / str(number)))
    assert "refused" in ended or kind in ("export", "dossier")


def test_an_input_is_always_the_same() -> None:
    assert make("export", 3) == make("export", 3)
    assert make("export", 3) != make("export", 4)
