"""How a run of the tests ends: what was skipped and why, what failed, how to run only that, where the whole log lies.

A pytest plugin. In the folder that DOD2OSO_TEST_LOG names it keeps two files: `tests.log` (every test with its outcome
and time, and all that a failure said) and `failed.txt` (the names, as `pytest @failed.txt` reads them).
"""

import os
import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest

ENV = "DOD2OSO_TEST_LOG"  # no option: a worker reads its options before it knows of this plugin
LOG, FAILED = "tests.log", "failed.txt"
_PLACE = re.compile(r"^Skipped: ")
_OUTCOME = re.compile(r"(passed|skipped) +[\d.]+ s  .* \(\w+\)")
_MOST = 20


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of xdist reports to who started it
        config.pluginmanager.register(Told(os.environ.get(ENV)), "dod2oso-told")


class Told:
    """Hears every report, and tells at the end."""

    def __init__(self, folder: str | None) -> None:
        self.folder = _writable(Path(folder)) if folder else None
        self.lines: list[str] = []
        self.failed: list[str] = []
        self.skipped = Counter[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self._note(report, f"{report.outcome:8}{report.duration:8.2f} s  {report.nodeid} ({report.when})")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self._note(report, f"{report.outcome:8}{'':10}  {report.nodeid} (collect)")

    def _note(self, report: pytest.TestReport | pytest.CollectReport, line: str) -> None:
        self.lines.append(line)
        if report.outcome == "skipped":
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.skipped[_PLACE.sub("", reason)] += 1
        elif report.outcome == "failed":
            if report.nodeid not in self.failed:
                self.failed.append(report.nodeid)
            self.lines += [report.longreprtext, *(f"--- {name}\n{text}" for name, text in report.sections), ""]

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """After all that pytest itself has to say."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or config.option.collectonly:
            return
        write = reporter.write_line
        if self.skipped:
            write("")
            write(f"{self.skipped.total()} skipped:")
            for reason, number in self.skipped.most_common():
                write(f"{number:6}  {reason}")
        if self.folder:
            (self.folder / LOG).write_text("\n".join(self.lines) + "\n", encoding="utf-8", errors="replace")
            (self.folder / FAILED).write_text("".join(f"{name}\n" for name in self.failed), encoding="utf-8")
        if self.failed:
            write("")
            write(f"{len(self.failed)} failed:")
            for name in self.failed[:_MOST]:
                write(f"        {name}")
            if len(self.failed) > _MOST:
                write(f"        and {len(self.failed) - _MOST} more")
            seed = config.getoption("randomly_seed", None)
            if isinstance(seed, int):
                write(f"The order they ran in: --randomly-seed={seed}")
            if self.folder:
                write(f"Only these: make again    or: python -m pytest '@{self.folder / FAILED}'")
        if self.folder:
            write(f"The whole log: {self.folder / LOG}")


def outcomes(folder: Path) -> tuple[int, int, tuple[str, ...]]:
    """How many passed and were skipped, and the names of what failed, as a run left it in this folder, if it did."""
    try:
        lines = (folder / LOG).read_text(encoding="utf-8").splitlines()
        failed = (folder / FAILED).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return 0, 0, ()
    counts = Counter(found[1] for line in lines if (found := _OUTCOME.fullmatch(line)))
    return counts["passed"], counts["skipped"], tuple(failed)


def _writable(folder: Path) -> Path:
    """The folder, or where it cannot be made or written in a temporary one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="dod2oso-tests-"))
