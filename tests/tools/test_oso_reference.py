"""The committed reference pages say what the declarations say."""

from pathlib import Path

from dod2oso.oso.codelists import codelists
from dod2oso.oso.rules.ruleset import ruleset
from dod2oso.oso.versions import VERSIONS, version
from tools import oso_reference as reference

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_committed_pages_are_up_to_date() -> None:
    hint = "run: python -m tools.oso_reference"
    assert (DOCS / "regels.md").read_text("utf-8") == reference.rules_page(), hint
    assert (DOCS / "codelijsten.md").read_text("utf-8") == reference.codelists_page(), hint


def test_one_row_per_rule_and_version() -> None:
    sections = reference.rules_page().split("\n## OSO ")[1:]
    rows = {s.split("\n")[0]: [row.split("`")[1] for row in s.split("\n") if row.startswith("| `")] for s in sections}
    assert set(rows) == set(VERSIONS)
    for name, keys in rows.items():
        layers = [layer for layer in ("ov", "swv") if layer in version(name).layers]
        assert sorted(keys) == sorted({rule.key for layer in layers for rule in ruleset(name, layer).rules})


def test_one_row_per_code() -> None:
    page = reference.codelists_page()
    assert page.count("\n| `") == sum(len(one.codes) for one in codelists().values())


def test_tables_have_the_same_number_of_cells_everywhere() -> None:
    for page in (reference.rules_page(), reference.codelists_page()):
        width = 0
        for line in page.split("\n"):
            if line.startswith("|---"):
                width = line.count("|")
            elif line.startswith("| `"):
                assert line.replace("\\|", "").count("|") == width, line[:60]


def test_pages_are_written_where_asked(tmp_path: Path) -> None:
    assert [path.name for path in reference.write_pages(tmp_path)] == ["regels.md", "codelijsten.md"]
    assert (tmp_path / "regels.md").read_bytes() == (DOCS / "regels.md").read_bytes()
