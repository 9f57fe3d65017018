"""docs/privacy.md: its tables are those of the data, and the commands it names exist."""

import re

from dod2oso.findings.catalogue import reasons
from dod2oso.oso.transfers import TRANSFERS
from dod2oso.source.dictionary import load_dictionary
from dod2oso.trust.terms import retention
from tools import command_reference, privacy_reference


def test_committed_page_is_up_to_date() -> None:
    assert privacy_reference.PAGE.read_text("utf-8") == privacy_reference.page(), (
        "run: python -m tools.privacy_reference"
    )


def test_every_field_transfer_term_and_legal_reason_has_a_row() -> None:
    page = privacy_reference.page()
    legal = [key for key, reason in reasons().items() if reason.legal]
    for word in (*(f"`{name}`" for name in (*load_dictionary().fields, *legal)), *(f"| {name}:" for name in TRANSFERS)):
        assert f"| {word.removeprefix('| ')}" in page, word
    assert all(f"| {term.what['nl']} |" in page for term in retention().terms.values())


def test_the_commands_it_names_exist() -> None:
    known = {
        line.removeprefix("## ") for line in command_reference.page().splitlines() if line.startswith("## dod2oso")
    }
    named = set(
        re.findall(r"`(dod2oso [a-z-]+(?: (?:audit|status|withdraw|anchor|verify|show))?)", privacy_reference.page())
    )
    assert named and {name for name in named if name not in known} == set()
