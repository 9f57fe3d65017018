"""What somebody who typed a name that nobody knows may have meant."""

from collections.abc import Iterable

from dod2oso.base.texts import Text

_SHOWN = 3
_LEAST = 65  # of 100


def did_you_mean(name: str, known: Iterable[str]) -> Text | str:
    """A question with the nearest names, to be put behind a message; "" when none is near."""
    from rapidfuzz import fuzz, process, utils  # only where something is wrong

    found = process.extract(
        name, sorted(set(known)), scorer=fuzz.WRatio, processor=utils.default_process, limit=_SHOWN,
        score_cutoff=_LEAST,
    )  # fmt: skip
    return Text("did-you-mean", names=", ".join(one for one, _score, _index in found)) if found else ""
