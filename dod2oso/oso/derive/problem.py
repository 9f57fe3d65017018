"""What official files hold that cannot be taken in."""

from typing import NamedTuple


class Problem(NamedTuple):
    """Something left out of what is derived: the key of a text, where, and what stands there."""

    code: str
    where: str
    what: str


class UnusableError(ValueError):
    """Nothing can be derived from these files; `code` of a text in errors.yaml, `what` it is about."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.what = what
