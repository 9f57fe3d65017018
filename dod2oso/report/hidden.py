"""A count that is not told (masking.py says which), and how it is shown."""

from typing import Final

MARK = "*"


class Hidden(int):
    """A count that is not told. Whatever is computed from it is not told either; as a number it is 0."""

    def __add__(self, _other: int) -> "Hidden":
        return self

    def __bool__(self) -> bool:
        return True  # it is not nothing

    __radd__ = __sub__ = __rsub__ = __add__


HIDDEN: Final = Hidden()
