"""A ledger of another layout is refused, and left as it is."""

import subprocess
import sys
from pathlib import Path

from dod2oso.base.errors import ConfigurationError
from dod2oso.ledger import tables
from dod2oso.ledger.layout import SCHEMA_VERSION
from dod2oso.ledger.store import Ledger
from tests.ledger.kit import begin
from tests.refusals import refused

ROOT = Path(__file__).parents[2]


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


def test_a_ledger_has_all_its_tables_whoever_opens_it_first(tmp_path: Path) -> None:
    """In a fresh process: here some other test imported all of them."""
    told = subprocess.run(
        [sys.executable, "-c",
         "import sys; from sqlalchemy import inspect; from dod2oso.ledger.engine import connect;"
         "print(*inspect(connect(sys.argv[1], create=True)[0]).get_table_names())",
         str(tmp_path / "ledger.sqlite")],
        check=True, capture_output=True, text=True, cwd=ROOT,
    ).stdout.split()  # fmt: skip
    assert {"dossiers", "handovers", "audit_log"} <= set(told)
