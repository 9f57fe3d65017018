"""The balance refuses sums that do not agree, whichever number is off."""

from dataclasses import fields, replace

import pytest

from dod2oso.base.errors import BalanceError
from dod2oso.findings.balance import Balance

RIGHT = Balance(source_values=10, mapped=4, dropped=3, unmapped=2, refused=1, lossy=4)
NAMES = [one.name for one in fields(Balance)]


def test_a_balance_that_agrees_is_let_through() -> None:
    RIGHT.verify("export.xml")
    Balance().verify("an export without values")


@pytest.mark.parametrize("name", NAMES)
def test_a_number_too_many_is_refused(name: str) -> None:
    wrong = replace(RIGHT, **{name: getattr(RIGHT, name) + 1})
    with pytest.raises(BalanceError):
        wrong.verify("export.xml")


def test_fewer_lossy_values_than_mapped_ones_are_as_they_should_be() -> None:
    replace(RIGHT, lossy=0).verify("export.xml")


def test_adding_and_taking_out_count_every_number() -> None:
    total = replace(RIGHT)
    total.add(Balance(1, 2, 3, 4, 5, 6))
    assert total == Balance(11, 6, 6, 6, 6, 10)
    total.subtract(RIGHT)
    assert total == Balance(1, 2, 3, 4, 5, 6)


def test_a_balance_comes_back_from_its_numbers() -> None:
    assert Balance.from_dict(RIGHT.as_dict()) == RIGHT
