"""docs/mapping.md says what the compiled mapping does, of every element and of every field."""

import re

from dod2oso.mapping.conditions import CONDITIONS
from dod2oso.mapping.load import load_mapping
from dod2oso.mapping.operations import OPERATIONS
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.versions import VERSIONS
from dod2oso.source.dictionary import load_dictionary
from tools import mapping_reference as reference


def sections() -> dict[str, list[str]]:
    parts = reference.PAGE.read_text("utf-8").split("\n## ")[1:]
    return {part.split("\n")[0]: [row for row in part.split("\n") if row.startswith("| `")] for part in parts}


def test_committed_page_is_up_to_date() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page(), "run: python -m tools.mapping_reference"


def test_every_element_of_every_version_has_a_row() -> None:
    found = sections()
    for version in VERSIONS:
        for element in catalogue(version).fields():
            block = element.path.rpartition("/")[0] or "dossier"
            assert any(row.startswith(f"| `{element.name}` |") for row in found[block]), element.path


def test_every_field_goes_somewhere_or_is_named_as_left_behind() -> None:
    text = reference.PAGE.read_text("utf-8")
    assert all(f"`{name}`" in text for name in load_dictionary().fields)


def test_every_article_is_read() -> None:
    rows = sections()["Wat nooit meegaat"]
    for entry in load_mapping().dropped:
        for name in reference._expand(entry.from_[0]):
            row = next(row for row in rows if row.startswith(f"| `{name}` |"))
            assert reference.article(entry.article) in row
            assert (entry.note or "") in row
        assert entry.article is None or reference.article(entry.article), entry.article


def test_articles_as_people_write_them() -> None:
    assert reference.article("besluit-2012-art-4-1a") == "art. 4 lid 1 onder a"
    assert reference.article("besluit-2012-art-3c") == "art. 3 onder c"
    assert reference.article("not-allowed") == ""


def test_every_operation_and_condition_has_a_text() -> None:
    assert reference.words()["operations"].keys() == OPERATIONS.keys()
    assert reference.words()["conditions"].keys() == CONDITIONS.keys()


def test_versions_and_transfers_are_told() -> None:
    rows = sections()["Wat soms achterblijft"]
    bsn = next(row for row in rows if row.startswith("| `leerling.bsn`"))
    assert "POSWV, VOSWV" in bsn
    kind = [
        row
        for row in sections()["huidigeschool/leerling/communicatielijst/communicatie"]
        if "| `soort`" in row and "codes:" in row
    ]
    assert [re.search(r"(tot en met 1\.2\.2|vanaf 2016\.1)", row) is not None for row in kind] == [True, True]
