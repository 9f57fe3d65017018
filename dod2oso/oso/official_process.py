"""Runs official stylesheets in a process of its own, so that one that never ends cannot stop a run.

Started as a module it is that process: a line of JSON in (stylesheet, document), a line of JSON out (what the
stylesheet made of it; null when it stopped with an error). It keeps every stylesheet compiled, ends with its caller,
and ends itself over a document that takes too long. What Saxon writes to stderr holds values of the document: it goes
nowhere.
"""

import faulthandler
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from dod2oso.base.process import keep_memory_private
from dod2oso.oso.saxon import Stylesheet

SECONDS = 30  # for one document, of which a thousand are normally judged in that time
_STRIKES = 2  # documents on which a stylesheet may not end, before it is not asked any more


class StoppedError(Exception):
    """A stylesheet stopped with an error."""


class EndlessError(StoppedError):
    """A stylesheet did not end within SECONDS, or took its process with it."""


class Stylesheets:
    """Transforms with one such process; it is started when it is first needed, and again after it had to end."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0  # a process that was forked from its caller's must not talk through its pipes
        self._strikes: dict[Path, int] = {}

    def transform(self, sheet: Path, document: str) -> str:
        """What the stylesheet makes of a document. Raises StoppedError."""
        if self._strikes.get(sheet, 0) >= _STRIKES:
            raise EndlessError
        process = self._started()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101  asked for
        try:
            process.stdin.write(json.dumps([str(sheet), document]) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            self.close()
            self._strikes[sheet] = self._strikes.get(sheet, 0) + 1
            raise EndlessError
        output: str | None = json.loads(answer)
        if output is None:
            raise StoppedError
        return output

    def close(self) -> None:
        """End the process; the next transformation starts another."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._owner != os.getpid():
            command = [sys.executable, "-m", __name__, str(self._seconds)]
            self._process = subprocess.Popen(  # noqa: S603  our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii"
            )
            self._owner = os.getpid()
        return self._process


def _serve(asked: TextIO, answers: TextIO, seconds: float) -> None:
    import saxonche

    compiled: dict[str, Stylesheet] = {}

    def transform(sheet: str, document: str) -> str:
        if sheet not in compiled:
            compiled[sheet] = Stylesheet(sheet)
        return compiled[sheet].transform(document)

    with Path(os.devnull).open("w") as nowhere:
        for line in asked:
            sheet, document = json.loads(line)
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            output: str | None = None
            try:
                known = sheet in compiled
                try:
                    output = transform(sheet, document)
                except saxonche.PySaxonApiError:
                    # Saxon may order the parts of an `and` otherwise when a stylesheet is used again: a stop is only
                    # believed of one that was compiled afresh
                    if known:
                        del compiled[sheet]
                        output = transform(sheet, document)
            except saxonche.PySaxonApiError:
                pass
            faulthandler.cancel_dump_traceback_later()
            answers.write(json.dumps(output) + "\n")
            answers.flush()


if __name__ == "__main__":
    keep_memory_private()  # dossiers pass through this process, and a limit does not hold where dumps go to a program
    try:
        _serve(sys.stdin, sys.stdout, float(sys.argv[1]))
    except KeyboardInterrupt:  # the caller got it too, and says what has to be said
        sys.exit(130)
