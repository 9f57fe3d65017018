"""What people chose about a layout: kept by itself, never overwritten by another, told when it is damaged."""

import threading
from pathlib import Path

import pytest

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.project.layouts import LONGEST, LayoutChoices, What, worked_out


def test_of_many_at_once_each_choice_is_kept(tmp_path: Path) -> None:
    def one(number: int) -> None:
        LayoutChoices(tmp_path, "abc").save({What(f"p{number % 5}", f"k{number}"): ("", str(number))})

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, LayoutChoices(tmp_path, "abc").read().values())) == 20
    assert LayoutChoices(tmp_path, "def").read() == {}


def test_what_another_chose_is_not_overwritten(tmp_path: Path) -> None:
    store, what = LayoutChoices(tmp_path, "abc"), What("p", "field")
    assert store.save({what: ("", "a")})[what] == ("a", True)
    assert store.save({what: ("", "b")})[what] == ("a", False)
    assert store.save({what: ("", "a")})[what] == ("a", True)
    assert store.save({what: ("a", "x" * 1000)})[what].value == "x" * LONGEST
    store.save({what: ("x" * LONGEST, "")})
    assert store.read() == {}


def test_a_profile_has_one_place_and_work_by_hand_stays(tmp_path: Path) -> None:
    store = LayoutChoices(tmp_path, "abc")
    store.save({What("p", "field"): ("", "a")})
    first = store.save_profile("een", "profile: een\n")
    assert store.profile == first and worked_out(tmp_path) == {"een"}
    second = store.save_profile("twee", "profile: twee\n")
    assert not first.exists() and second.read_text() == "profile: twee\n" and store.read()["p"] == {"field": "a"}
    with pytest.raises(UsageError):
        LayoutChoices(tmp_path, "def").save_profile("twee", "x")
    second.write_text("met de hand")
    with pytest.raises(UsageError):
        store.save_profile("drie", "x")
    assert second.read_text() == "met de hand" and not (tmp_path / "profielen/drie.yaml").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"choices": 1}', '{"choices": {"a": 1}}', "\x00"])
def test_a_damaged_file_is_told_and_not_overwritten(text: str, tmp_path: Path) -> None:
    store = LayoutChoices(tmp_path, "abc")
    store.save({What("p", "k"): ("", "a")})
    store.path.write_text(text)
    for act in (store.read, lambda: store.save({What("p", "k"): ("a", "b")})):
        with pytest.raises(ConfigurationError):
            act()
    assert store.path.read_text() == text and worked_out(tmp_path) == set()
