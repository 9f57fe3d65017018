"""A run in parts is the run: the same bytes, nothing lost, nothing twice, and what does not fit is refused."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from dod2oso.base.errors import ConfigurationError, TryLaterError, UsageError
from dod2oso.base.folderlock import held
from dod2oso.run import export
from dod2oso.run.parts import file as part_file
from dod2oso.run.parts.division import Share, divide
from dod2oso.run.parts.making import PartResult, make_part
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options, Result, check_options
from dod2oso.source.container.member import FoundExport, Member
from tests import corpus
from tests.corpus.kit import CONSENT, Quiet, bsn, pupil, reference, write
from tests.refusals import refused
from tests.run.parts.kit import converting_nothing, left_behind, options_for, rows
from tests.trust.killing import encrypted

pytestmark = pytest.mark.usefixtures("without_report")
OWN_PROFILE = Path(corpus.__file__).with_name("kleine-indeling.yaml")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three exports: a large one, one with a pupil of the first once more, and one that nobody can read."""
    folder = tmp_path_factory.mktemp("exports")
    write(folder / "groot.xml", reference(*(pupil(n) for n in range(1, 24))))
    write(folder / "klein.xml", reference(pupil(3), pupil(31), pupil(32, Achternaam="")))
    write(folder / "kapot.xml", reference(pupil(40))[:-30])
    return folder


@pytest.fixture
def options(tmp_path: Path, exports: Path) -> Options:
    return options_for(tmp_path / "uit", exports)


def part(options: Options, number: int, of: int) -> PartResult:
    return make_part(replace(options, part=Share(number, of)), Quiet())


def join(options: Options) -> Result:
    """Join the parts, and convert nothing any more."""
    with converting_nothing():
        return run(replace(options, join=True), Quiet())


@pytest.mark.usefixtures("with_report")
@pytest.mark.parametrize("of", [1, 3, 5])
def test_parts_are_the_run(of: int, options: Options, exports: Path, tmp_path: Path) -> None:
    whole = options_for(tmp_path / "heel", exports)
    alone = run(whole, Quiet())
    for number in reversed(range(1, of + 1)):
        made = part(options, number, of)
    assert not made.lacking
    together = join(options)
    assert together.unreadable == alone.unreadable == ["kapot.xml"]
    assert left_behind(options.out_dir) == left_behind(whole.out_dir)
    assert len(left_behind(whole.out_dir)) > 25
    assert rows(options.out_dir) == rows(whole.out_dir)
    assert not (options.out_dir / "delen").exists()


def test_doubles_merged_and_rows_of_several_pupils_come_out_the_same(exports: Path, tmp_path: Path) -> None:
    supplement = tmp_path / "aanvulling.csv"
    head = ("brin", "leerlingid", *CONSENT)
    lines = [("99XX", str(n), *CONSENT.values()) for n in (1, 3, 4, 99)]
    supplement.write_text("\n".join(";".join(line) for line in (head, *lines)), encoding="utf-8")
    more = {"supplements": (supplement,), "merge": "newest"}
    whole, parts = options_for(tmp_path / "heel", exports, **more), options_for(tmp_path / "delen", exports, **more)
    run(whole, Quiet())
    for number in (1, 2, 3):
        part(parts, number, 3)
    join(parts)
    assert left_behind(parts.out_dir) == left_behind(whole.out_dir)
    assert rows(parts.out_dir) == rows(whole.out_dir)


def test_a_join_that_was_broken_off_goes_on(
    options: Options, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        part(options, number, 2)
    monkeypatch.setattr(export, "BATCH", 5)
    taken = []

    def stop(self: Quiet, done: int) -> None:
        taken.append(done)
        if len(taken) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Quiet, "dossiers", stop)
        with pytest.raises(KeyboardInterrupt):
            join(options)
    assert part_file.there(options.out_dir)
    join(options)
    whole = options_for(tmp_path / "heel", exports)
    run(whole, Quiet())
    assert left_behind(options.out_dir).keys() == left_behind(whole.out_dir).keys()
    assert [row[1:] for row in rows(options.out_dir)] == [row[1:] for row in rows(whole.out_dir)]


def test_a_part_made_twice_is_made_once(options: Options) -> None:
    first = part(options, 1, 2)
    watcher = Quiet()
    again = make_part(replace(options, part=Share(1, 2)), watcher)
    assert (first.records > 0, again.records) == (True, 0)
    assert any("al gemaakt" in message for message in watcher.messages)


def test_every_record_is_in_one_part() -> None:
    sizes = {"a": 1000, "b": 10, "c": 300, "d": 0}
    exports = [FoundExport(name, "xml", (Member("m", size, BytesIO),)) for name, size in sizes.items()]
    for of in range(1, 12):
        divided = divide(exports, of)
        assert len(divided) == of
        for name in sizes:
            units = sorted(unit for units in divided for unit in units if unit.export == name)
            assert [n for unit in units for n in unit.records(37)] == list(range(1, 38))


def _without(options: Options) -> None:
    part_file.there(options.out_dir)[0].unlink()


def _twice(options: Options) -> None:
    path = part_file.there(options.out_dir)[0]
    shutil.copy(path, path.with_name(f"kopie-{path.name}"))


def _changed(options: Options) -> None:
    path = part_file.there(options.out_dir)[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut_off(options: Options) -> None:
    path = part_file.there(options.out_dir)[0]
    path.write_bytes(path.read_bytes()[:-20])


def _head(change: Callable[[dict[str, object]], object]) -> Callable[[Options], None]:
    """A file of another making: whole, with another first line."""

    def spoil(options: Options) -> None:
        file = part_file.PartFile.open(part_file.there(options.out_dir)[0])
        about = dict(file.head.about._asdict())
        change(about)
        part_file.write(file.path, file.head._replace(about=part_file.About(**about)), list(file.batches()))

    return spoil


BAD = {
    "part-damaged": [_changed, _cut_off],
    "part-twice": [_twice],
    "parts-lacking": [_without],
    "parts-differ": [
        _head(lambda about: about.update(tool="0.0.1")),
        _head(lambda about: about.update(config="other")),
        _head(lambda about: about.update(key="other")),
        _head(lambda about: about.update(datum="2019-03-03")),
    ],
}


@pytest.mark.parametrize(("code", "spoil"), [(code, how) for code, hows in BAD.items() for how in hows])
def test_parts_that_do_not_fit_are_refused_and_nothing_is_written(
    code: str, spoil: Callable[[Options], None], options: Options
) -> None:
    for number in (1, 2, 3):
        part(options, number, 3)
    spoil(options)
    before = sorted(path.name for path in part_file.there(options.out_dir))
    with refused(ConfigurationError, code):
        join(options)
    assert sorted(path.name for path in part_file.there(options.out_dir)) == before
    assert not (options.out_dir / "ledger.sqlite").exists()


def test_parts_of_another_command_are_refused(options: Options, tmp_path: Path) -> None:
    part(options, 1, 1)
    with refused(ConfigurationError, "parts-other-run"):
        join(replace(options, validator_only=True))
    with refused(ConfigurationError, "parts-other-run"):
        join(replace(options, own_profiles=(OWN_PROFILE,)))
    write(tmp_path / "erbij.xml", reference(pupil(50)))
    with refused(ConfigurationError, "parts-other-run"):
        join(replace(options, exports=[*options.exports, tmp_path / "erbij.xml"]))
    (options.out_dir / "project.key").write_text("cd" * 32)
    with pytest.raises(ConfigurationError):  # also for the ledger that is there by now
        join(options)
    assert not (options.out_dir / "outbox").exists()


def test_an_export_that_changed_since_is_refused_and_says_what_to_run(tmp_path: Path) -> None:
    export = tmp_path / "in" / "a.xml"
    export.parent.mkdir()
    write(export, reference(pupil(1), pupil(2)))
    options = options_for(tmp_path / "uit", export.parent)
    part(options, 1, 1)
    write(export, reference(pupil(1), pupil(3)))  # as many bytes
    with refused(ConfigurationError, "part-export-changed") as told:
        join(options)
    assert "--part 1/1" in str(told.value)
    part(options, 1, 1)
    assert join(options).unreadable == []


def test_no_parts_and_a_share_that_is_none(options: Options) -> None:
    with refused(UsageError, "parts-absent"):
        join(options)
    with refused(UsageError, "part-wrong"):
        Share.read("4/3")
    assert Share.read("2/12") == Share(2, 12)


def test_a_part_holds_no_name_outside_its_file_and_files_are_private(options: Options) -> None:
    part(options, 1, 2)
    for path in part_file.there(options.out_dir):
        assert path.stat().st_mode & 0o077 == 0
        first = path.open("rb").readline()
        assert json.loads(first)["share"] == [1, 2]
        assert bsn(1).encode() not in first


def test_two_processes_never_join_or_make_the_same_part(options: Options, tmp_path: Path) -> None:
    part(options, 1, 1)
    lock = held(part_file.folder(options.out_dir), "join", part_file.lock_name(Share(1, 1)))
    with get_context("spawn").Pool(1) as pool, lock:
        assert pool.map(_try, [options]) == ["folder-in-use"]


def _try(options: Options) -> str:
    try:
        join(options)
    except TryLaterError as error:
        return error.code
    return "joined"


@pytest.mark.parametrize("how", [{"part": Share(1, 2)}, {"cluster": "local"}])
def test_an_encrypted_project_makes_no_parts(how: dict[str, Any], options: Options) -> None:
    encrypted(options.out_dir)
    with refused(UsageError, "part-encrypted"):
        check_options(replace(options, **how))
    check_options(options)


def test_a_plain_run_says_that_parts_were_left(tmp_path: Path) -> None:
    export = write(tmp_path / "a.xml", reference(pupil(1)))
    options = options_for(tmp_path / "uit", export)
    part = tmp_path / "uit" / "delen" / "1-van-2-0000.deel"
    part.parent.mkdir()
    part.write_bytes(b"x")
    told: list[str] = []
    watching = Quiet()
    watching.message = lambda text: told.append(text.text("nl"))  # type: ignore[method-assign]
    run(options, watching)
    assert any("delen" in said and "dod2oso join" in said for said in told)
    assert part.exists()  # somebody may still want it
    part.unlink()
    told.clear()
    run(options, watching)
    assert not any("dod2oso join" in said for said in told)
