"""The public EDEXML 2.0 examples, through the whole pipeline, for every version and transfer."""

from pathlib import Path

import pytest

from tests.conftest import shared
from tests.corpus.anything import count
from tests.corpus.kit import PAIRS, convert, dossiers, totals

pytestmark = pytest.mark.usefixtures("without_report", "without_workbook")


@pytest.mark.parametrize(("version", "transfer"), PAIRS)
def test_every_value_and_every_pupil_is_accounted_for(version: str, transfer: str, tmp_path: Path) -> None:
    examples = sorted(shared("standards", "edexml", "2.0", "examples").glob("*.xml"))
    result = convert(tmp_path, examples, transfer, version=version)
    found = totals(tmp_path, result)
    assert result.unreadable == []
    assert {export["name"]: export["profile"] for export in found["exports"]} == {
        example.name: "edexml-2.0" for example in examples
    }
    for example, export in zip(examples, found["exports"], strict=True):
        balance = export["balance"]
        assert balance["source_values"] == count(example.read_bytes())
        assert balance["source_values"] == sum(balance[key] for key in ("mapped", "dropped", "unmapped", "refused"))
        assert balance["unmapped"] == 0
        assert export["dossiers"] == 3
    assert found["dossiers"] == {"ready": 0, "held": 2, "rejected": 4}  # no consent; no school in Flanders; no surname
    folders = [name.partition("/")[0] for name in dossiers(tmp_path)]
    assert sorted(folders) == ["held"] * 2 + ["rejected"] * 4  # of those only whom they are about
