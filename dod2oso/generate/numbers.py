"""Numbers that belong to nobody: test BSNs, onderwijsnummers, BRINs, phone numbers and addresses."""

from functools import lru_cache

from dod2oso.base.errors import UsageError

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2)
_ONE_IN = 20  # of so many pupils one has no BSN but an onderwijsnummer
MAX_PUPILS = 100_000


def _remainder(digits: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11


@lru_cache(maxsize=1)
def free_bsns() -> tuple[str, ...]:
    """All BSNs of the form 9999xxxxx that pass the 11-test; that range is kept free for tests."""
    starts = (f"9999{n:04}" for n in range(10_000))
    return tuple(f"{start}{last}" for start in starts if (last := _remainder(start)) < 10)


def onderwijsnummer(number: int) -> str:
    """The onderwijsnummer number `number` (0 to MAX_PUPILS): 10 first, and an 11-test that leaves 5."""
    for free in "01":  # for at most one of the two there is no last digit
        start = f"10{number:05}{free}"
        last = (_remainder(start) - 5) % 11
        if last < 10:
            return f"{start}{last}"
    raise AssertionError("one of two consecutive digits always has an 11-test")


def identity_number(pupil: int) -> tuple[str, str]:
    """("bsn" or "onderwijsnummer", number), another one for each pupil; UsageError above MAX_PUPILS."""
    if pupil >= MAX_PUPILS:
        raise UsageError("test-numbers-exhausted", most=MAX_PUPILS)
    position = pupil - pupil // _ONE_IN
    if pupil % _ONE_IN == _ONE_IN - 1 or position >= len(free_bsns()):
        return "onderwijsnummer", onderwijsnummer(pupil)
    return "bsn", free_bsns()[position]


def brin(school: int) -> tuple[str, str]:
    """(BRIN, vestiging) of school `school`: codes in 99XA-99ZZ, which are given to no school."""
    letters, location = school % 78, school // 78
    if location > 99:
        raise UsageError("test-schools-exhausted")
    return f"99{'XYZ'[letters // 26]}{chr(ord('A') + letters % 26)}", f"{location:02}"


def mobile(number: int) -> str:
    """A mobile number in a range that is not given out."""
    return f"0600000{number % 1000:03}"


def landline(number: int) -> str:
    """A telephone number in a range that is not given out."""
    return f"0100000{number % 1000:03}"
