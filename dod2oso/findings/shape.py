"""The shape of a value: what it looks like without what it says, as an example in a report.

`12-03-2011` has the shape `99-99-9999`, a name `Aaaa`. A run of letters is cut off at four, so that the length of a
name is not told; anything but letters, digits and the signs that give dates and codes their form becomes `?`.
"""

MAX_SHAPE = 24
_LETTERS = 4
_LOOKED_AT = 200  # an attachment can be megabytes
_DIGITS = 10  # a personal number with a digit too many must show
_KEPT = frozenset(" -/.,:;()+_#%=*@'")


def shape(text: str) -> str:
    """The shape of a value, at most MAX_SHAPE characters; a longer one ends with an ellipsis."""
    drawn: list[str] = []
    kind, run = "", 0
    for character in text[:_LOOKED_AT].strip():
        sign = _sign(character)
        run = run + 1 if (same := _kind(sign)) == kind else 1
        kind = same
        if (kind == "a" and run > _LETTERS) or (kind == "9" and run > _DIGITS) or (kind in " ?" and run > 1):
            continue
        drawn.append(sign)
        if len(drawn) == MAX_SHAPE:
            return "".join(drawn[:-1]) + "…"
    return "".join(drawn) + ("…" if len(text) > _LOOKED_AT else "")


def _sign(character: str) -> str:
    if character.isalpha():
        return "A" if character.isupper() else "a"
    if character.isdigit():
        return "9"
    if character.isspace():
        return " "
    return character if character in _KEPT else "?"


def _kind(sign: str) -> str:
    return "a" if sign in "Aa" else sign
