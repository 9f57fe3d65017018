"""A dossier is ready, waits or cannot: one word for each, wherever people read it."""

import re

import pytest

from dod2oso.base.texts import LANGUAGES, templates
from dod2oso.findings.outcome import STATES
from dod2oso.findings.states import state_heading, state_word, states_said

OLD = {"nl": r"aangehouden|afgewezen", "en": r"\b(held|rejected)\b"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_state_has_a_word_of_its_own(lang: str) -> None:
    words = [state_word(state).text(lang) for state in (*STATES, "")]
    assert len(set(words)) == 4 and all(words)
    assert [state_heading(state, lang).lower() for state in STATES] == words[:3]


def test_a_count_goes_with_its_word() -> None:
    assert states_said(1, 1, 1).text("nl") == "1 klaar, 1 wacht, 1 kan niet"
    assert states_said("1.000", 2, 0).text("nl") == "1.000 klaar, 2 wachten, 0 kunnen niet"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_says_it_otherwise(lang: str) -> None:
    spoken = {key for key, texts in templates().items() if re.search(OLD[lang], re.sub(r"\{.*?\}", "", texts[lang]))}
    elsewhere = {"xsd-not-held", "supplement-copy-counts"}  # of what a catalogue or a file holds
    assert spoken - elsewhere == set()
