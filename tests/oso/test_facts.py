"""The facts that the tests carry are those of the domain notes, where these are at hand."""

from pathlib import Path

from tests.oso.facts import FACTS
from tools import carried_facts


def test_what_is_carried_is_what_the_notes_say(shared: Path) -> None:
    made = carried_facts.distilled(shared / "domain" / "oso")
    carried = {path.name: path.read_text(encoding="utf-8") for path in FACTS.iterdir() if path.name in made}
    assert carried == made, "run: python -m tools.carried_facts NOTES/oso"
