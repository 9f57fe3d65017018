"""A ledger of another layout is refused, and left as it is."""

from pathlib import Path

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import tables
from dod2oso.ledger.layout import SCHEMA_VERSION
from dod2oso.ledger.store import Ledger
from tests.ledger.kit import begin
from tests.refusals import refused


def test_a_ledger_of_another_layout_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        begin(ledger)
        with ledger.write() as connection:
            connection.execute(tables.project.update().where(tables.project.c.key == "schema").values(value="99"))
    file = tmp_path / "ledger.sqlite"
    before = file.read_bytes()
    with refused(ConfigurationError, "ledger-layout", found="99", expected=SCHEMA_VERSION):
        Ledger.open(tmp_path)
    assert file.read_bytes() == before
