"""What was made for a page is made once, until what it was made of changes."""

from dod2oso.desk.kept import Kept


def test_it_is_made_anew_for_another_stamp_only_and_per_slot() -> None:
    made: list[str] = []
    kept: Kept[str] = Kept()

    def of(slot: str, stamp: int) -> str:
        def make() -> str:
            made.append(f"{slot}{stamp}")
            return made[-1]

        return kept.of(slot, stamp, make)

    assert [of("a", 1), of("a", 1), of("b", 1), of("a", 2), of("b", 1), of("a", 1)] == [
        "a1",
        "a1",
        "b1",
        "a2",
        "b1",
        "a1",
    ]
    assert made == ["a1", "b1", "a2", "a1"]


def test_nothing_is_kept_as_well_as_something() -> None:
    kept: Kept[None] = Kept()
    made: list[int] = []
    for _twice in range(2):
        kept.of("a", None, lambda: made.append(1))
    assert made == [1]
