"""The states of a dossier as people read them: the same words on a terminal, in a page, a workbook, a mail."""

from dod2oso.base.texts import Text


def state_word(state: str) -> Text:
    """The word for `ready`, `held` or `rejected`; for "" that a dossier is not there."""
    return Text(f"state-name-{state or 'absent'}")


def state_heading(state: str, lang: str) -> str:
    """The word as a heading."""
    word = state_word(state).text(lang)
    return word[:1].upper() + word[1:]


def states_said(ready: object, held: object, rejected: object) -> Text:
    """How many are in each state, in one line; the numbers as they are to be shown."""
    return Text(
        "state-counts",
        ready=Text("state-count-ready", count=ready),
        held=Text("state-count-held", count=held),
        rejected=Text("state-count-rejected", count=rejected),
    )
