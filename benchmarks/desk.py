"""The pages of the desk: how long each takes over a large ledger, and whether a kill loses what was confirmed.

`python -m benchmarks.desk pages [DOSSIERS]` (10,000): seconds of each page, by the clock and of the processor, the
first time and again, and the peak memory of this process. `python -m benchmarks.desk kills [MINUTES] [SEED]` (1, 1):
clicks and types at random in a small project, reloads, and kills the server in between; each field that was confirmed
must stand there when it is up again. On a busy machine only the processor seconds mean something.
"""

import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from html import unescape
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Timer
from urllib.parse import urlencode

from benchmarks.report import fill
from dod2oso.base.pseudonym import load_key
from dod2oso.ledger.store import Ledger
from dod2oso.project.init import make_project
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from tests.corpus.kit import Quiet, pupil, reference
from tests.desk.kit import running

DATES = [f"{day:02}-0{month}-2019" for day in range(1, 29) for month in range(1, 4)]


def pages(dossiers: int) -> None:
    """Print how long each page takes."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "regio"
        make_project(home, ["POVO"], name="Regio")
        out = home / "dod2oso-out" / "POVO"
        out.mkdir(parents=True)
        load_key(out)
        with Ledger.open(out / "ledger.sqlite", out) as ledger:
            fill(ledger, dossiers)
        with running(Path(name), home) as caller:
            caller.enter()
            at = f"/p/{next(iter(caller.server.desk._known))}/POVO"
            found = re.findall(rf'href="{at}/schools/([^"?]+)"', caller.get(f"{at}/schools").text)
            school = found[0]
            parts = [
                "deliveries",
                "run",
                "schools",
                f"schools/{school}",
                "fill",
                f"fill/{school}",
                f"dossiers/{school}",
                "handover",
                f"handover/{school}",
            ]
            print(f"{dossiers} dossiers, {len(found)} schools")
            for path in ["/", at.rpartition("/")[0], *(f"{at}/{part}" for part in [*parts, "report"])]:
                told = []
                for _ in range(2):
                    clock, processor = time.perf_counter(), time.process_time()
                    status = caller.get(path).status
                    told.append(f"{time.perf_counter() - clock:.3f} s, {time.process_time() - processor:.3f} s cpu")
                print(f"{status}  {path.partition('/POVO')[2] or path:28} first {told[0]}; again {told[1]}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB; load {os.getloadavg()[0]:.1f}")


class Browser:
    """A server in a process of its own and what a browser knows of it."""

    def __init__(self, home: Path, state: Path) -> None:
        environment = os.environ | {"XDG_DATA_HOME": str(state), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "dod2oso", "open", str(home), "--no-browser"]
        self.process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.host, _, path = self.process.stdout.readline().partition("http://")[2].split()[0].partition("/")
        self.cookie = ""
        self.cookie = self._ask("GET", f"/{path}")[1].partition(";")[0]
        self.csrf = re.findall(r'name="csrf" value="([^"]+)"', self.get("/"))[0]

    def get(self, path: str) -> str:
        return self._ask("GET", path)[2]

    def post(self, path: str, **fields: str) -> str:
        return self._ask("POST", path, urlencode({"csrf": self.csrf} | fields))[2]

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        headers = {"Host": self.host, "Origin": f"http://{self.host}", "Cookie": self.cookie}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection = HTTPConnection(self.host, timeout=600)  # a busy machine is no hang
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Set-Cookie") or "", answer.read().decode()


def kills(minutes: float, seed: int) -> int:
    """Click at random; how many confirmed fields were lost."""
    dice, confirmed, lost, counts = random.Random(seed), dict[tuple[str, str], str](), 0, [0, 0]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "regio"
        make_project(home, ["POVO"], name="Regio")
        (home / "exports/a.xml").write_text(reference(*(pupil(n) for n in range(1, 9))), encoding="utf-8")
        exports = (home / "exports",)
        run(Options(exports, "POVO", out_dir=home / "dod2oso-out/POVO", datum="2019-03-15"), Quiet())
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            browser = Browser(home, Path(name) / "state")
            at = re.findall(r'href="(/p/[0-9a-f]+)"', browser.get("/"))[0] + "/POVO"
            paths = re.findall(r'href="([^"]+/fill/99XX-00/[0-9a-f]{16})"', browser.get(f"{at}/fill/99XX-00"))
            for path, column in confirmed:  # everything that was confirmed before the kill
                kept = _kept(browser.get(path)).get(column, "")
                if kept != confirmed[path, column]:
                    lost += 1
                    print(f"lost: {column}")
            clicks = dice.randint(3, 40)
            killer = dice.choice([None, dice.random() * 2])
            if killer is not None:  # in the middle of what goes on
                Timer(killer, browser.process.kill).start()  # does nothing to another process of that number
            try:
                for _ in range(clicks):
                    path = dice.choice(paths)
                    fields = _kept(browser.get(path))
                    column, value = "inzage/inzagedatum", dice.choice(DATES)
                    said = browser.post(f"{path}/field", column=column, value=value, was=fields.get(column, ""))
                    counts[0] += 1
                    if '"saved"' in said:
                        confirmed[path, column] = value
                    browser.get(dice.choice([f"{at}/schools", f"{at}/deliveries", "/", f"{at}/fill"]))
            except (OSError, HTTPException):
                # what was under way may be kept or not: only an answer is a confirmation
                confirmed.pop((path, column), None)
            browser.process.kill()
            browser.process.wait()
            counts[1] += 1
    print(f"{counts[0]} fields typed, {counts[1]} kills, {lost} confirmed fields lost (seed {seed})")
    return lost


def _kept(page: str) -> dict[str, str]:
    found = re.findall(r'name="w:([^"]+)" value="([^"]*)"', page)
    return {unescape(column): unescape(value) for column, value in found}


if __name__ == "__main__":
    what, given = sys.argv[1:2], sys.argv[2:]
    if what == ["kills"]:
        sys.exit(kills(float(given[0]) if given else 1.0, int(given[1]) if given[1:] else 1))
    pages(int(given[0]) if given else 10_000)
