"""Joining the parts of a run: are they all there, each once, and of one run; then their outcomes in order.

A run that joins is a run as any other, in one process and under the lock of its folder: it reads each export once to
see that it is what the parts read, and takes the outcomes from the files. So doubles, history, outbox and report are
settled once, over everything, and what is written is what one process would have written.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dod2oso.base.errors import ConfigurationError, UsageError
from dod2oso.base.folderlock import held
from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.texts import Text
from dod2oso.base.wipe import wipe
from dod2oso.findings.outcome import Outcome
from dod2oso.ledger.exports import ExportRow
from dod2oso.run.parts import file as part_file
from dod2oso.run.parts.agreeing import about
from dod2oso.run.parts.division import Share, divide
from dod2oso.run.parts.file import About, Head, PartFile, damaged
from dod2oso.run.session import Session, Watcher
from dod2oso.run.workers import settle_shared
from dod2oso.source.export import Export


class Parts:
    """The files of a run in parts, all there: outcomes by export."""

    def __init__(self, files: Sequence[PartFile], progress: Watcher) -> None:
        self._files = files
        self._progress = progress

    def outcomes(self, row: ExportRow, export: Export) -> Iterator[Outcome] | None:
        """Those of an export after its first `row.records`; None when it must be converted here after all.

        Shared cells of the export settle on the way. ConfigurationError when it is not what the parts read.
        """
        files = sorted((file for file in self._files if file.head.unit.export == row.name), key=_slice)
        if not files or any(file.head.problem for file in files):
            return None  # what could not be read there is told when it cannot be read here
        if any((file.head.fingerprint, file.head.records) != (row.fingerprint, export.records) for file in files):
            raise ConfigurationError("part-export-changed", name=row.name, parts=_commands(file.head for file in files))
        if any(file.head.own != row.config for file in files):
            self._progress.message(Text("part-not-used", name=row.name))
            return None
        return _outcomes(files, row.records, export)

    def remove(self) -> None:
        """Everything in them is in the ledger by now."""
        for file in self._files:
            wipe(file.path)


def _slice(file: PartFile) -> int:
    return file.head.unit.slice


def _outcomes(files: Sequence[PartFile], skip: int, export: Export) -> Iterator[Outcome]:
    last = 0
    for file in files:
        for batch in file.batches():
            settle_shared(export.outside, batch.settled)
            for outcome in batch.outcomes:
                if outcome.record != last + 1:
                    raise damaged(file.path)
                last = outcome.record
                if outcome.record > skip:
                    outcome.balance.verify(f"record {outcome.record}")
                    yield outcome
    if last != export.records:
        raise damaged(files[-1].path)


@contextmanager
def held_parts(out_dir: Path, command: str = "join") -> Iterator[list[PartFile]]:
    """The files of all parts of one run, while nobody else makes or joins one of them.

    Raises UsageError when there are none, TryLaterError while one is being made, ConfigurationError when one is
    damaged, lacking, there twice, or of another run than the others.
    """
    if not part_file.there(out_dir):
        raise UsageError("parts-absent", folder=part_file.folder(out_dir).name)
    try:
        with ExitStack() as stack:
            files = whole_parts(out_dir)
            for number in range(1, files[0].head.share.of + 1):
                share = Share(number, files[0].head.share.of)
                stack.enter_context(held(part_file.folder(out_dir), command, part_file.lock_name(share)))
            yield files
    finally:
        part_file.clear(out_dir)


def whole_parts(out_dir: Path) -> list[PartFile]:
    """The same without holding them, for who holds the folder while they are made."""
    files = [PartFile.open(path) for path in part_file.there(out_dir)]
    _are_of_one_run(files)
    return files


def joined(session: Session, files: Sequence[PartFile]) -> Parts:
    """The parts, after a look whether they are of this run. ConfigurationError when they are not."""
    head = files[0].head
    divided = divide(session.sources.exports, head.share.of)
    key = Pseudonyms(load_key(session.options.out_dir)).of("key-check")
    here = about(session, divided, key)
    if differ := _differing(head.about, here):
        raise ConfigurationError("parts-other-run", what=_said(differ), parts=_commands(file.head for file in files))
    return Parts(files, session.progress)


def _are_of_one_run(files: Sequence[PartFile]) -> None:
    first = files[0]
    seen: dict[tuple[Share, object], PartFile] = {}
    for file in files:
        differ = _differing(file.head.about, first.head.about)
        if file.head.share.of != first.head.share.of:
            differ = ["division"]
        if differ:
            one, other = str(file.head.share), str(first.head.share)
            raise ConfigurationError("parts-differ", one=one, other=other, what=_said(differ), file=file.path.name)
        twice = seen.setdefault((file.head.share, file.head.unit), file)
        if twice is not file:
            raise ConfigurationError("part-twice", one=twice.path.name, other=file.path.name)
    made = Counter(file.head.share.number for file in files)
    units = {file.head.share.number: file.head.units for file in files}
    if lacking := [n for n in range(1, first.head.share.of + 1) if n not in units or made[n] < units[n]]:
        raise _lacking(first.head.share.of, lacking)


def _lacking(of: int, numbers: Sequence[int]) -> ConfigurationError:
    return ConfigurationError("parts-lacking", parts=", ".join(f"--part {number}/{of}" for number in numbers))


def _differing(one: About, other: About) -> list[str]:
    return [name for name in About._fields if getattr(one, name) != getattr(other, name)]


def _said(names: Sequence[str]) -> Text:
    """What differs, the first of it: the others mostly follow from that."""
    return Text(f"part-about-{names[0]}")


def _commands(heads: Iterator[Head]) -> str:
    return ", ".join(f"--part {share}" for share in sorted({head.share for head in heads}))
