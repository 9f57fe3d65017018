"""The pages of the desk: how long each takes in a large project, and whether a kill loses what was confirmed.

`python -m benchmarks.desk pages [PUPILS] [SCHOOLS] [FOLDER]` (10,000, 40): makes a region and converts it (in FOLDER,
to be used again), opens it in a process of its own and asks every page three times: seconds by the clock and of the
processor, then the seconds from the command to the first page, and the peak memory of the server.
`python -m benchmarks.desk kills [MINUTES] [SEED]` (1, 1): clicks and types at random in a small project on every page
that keeps something, reloads, and kills the server in between; all that was confirmed must be there when it is up
again.
`python -m benchmarks.desk drop [MB]` (2048): drops one file of that size and prints what the server needed for it.
On a busy machine only the processor seconds mean something.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from html import unescape
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Timer
from urllib.parse import urlencode

from dod2oso.project.filled import Filled
from dod2oso.project.folder import OUT, SUPPLEMENTS
from dod2oso.project.init import make_project
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from tests.corpus.kit import CONSENT, SCHOOLS, Quiet, pupil, reference
from tests.decide.kit import test_of, with_tests
from tests.desk.test_deliveries import body
from tests.discover.test_walkthrough import flat

DATES = [f"{day:02}-0{month}-2019" for day in range(1, 29) for month in range(1, 4)]
_READY = 0.6  # of the pupils, of whom the parents agreed
_TICK = os.sysconf("SC_CLK_TCK")


def pages(pupils: int, schools: int, folder: Path) -> None:
    """Print how long each page takes."""
    home = folder / "regio"
    if not (home / "dod2oso-out/POVO/ledger.sqlite").is_file():
        make_region(home, pupils, schools)
    browser = Browser(home, folder / "state")
    started, memory = browser.seconds, browser.memory
    at = browser.at
    school = re.findall(rf'href="{at}/schools/([^"?]+)"', browser.get(f"{at}/schools"))[0]
    waits = browser.until(f"{at}/deliveries", lambda text: "data-again" not in text)
    layout = re.findall(rf'href="({at}/layout/[^"]+)"', waits)[0]
    browser.until(layout, lambda text: "data-again" not in text)
    browser.until(f"{at}/decide", lambda text: "data-again" not in text)
    some = {
        "a pupil to fill in": re.findall(rf'href="({at}/fill/{school}/[0-9a-f]+)"', browser.get(f"{at}/fill/{school}")),
        "a dossier": re.findall(
            rf'href="({at}/dossiers/{school}/[0-9a-z-]+)"', browser.get(f"{at}/dossiers/{school}")
        ),
        "a place of a layout": re.findall(rf'href="({at}/layout/[^"]+/row/[0-9a-f]+)"', browser.get(layout)),
    }  # fmt: skip
    parts = ["deliveries", "decide", "run", "schools", f"schools/{school}", "fill", f"fill/{school}"]
    parts += [f"fill/{school}?what=useful", f"dossiers/{school}", "handover", f"handover/{school}", "report"]
    asked = {"projects": "/", "project": browser.project, **{part: f"{at}/{part}" for part in parts}}
    asked |= {"a layout": layout, **{name: found[0] for name, found in some.items()}}
    browser.stop()  # what was loaded or kept for a page would make its first time look better
    browser = Browser(home, folder / "state")
    print(f"{pupils} pupils, {schools} schools")
    for name, path in asked.items():
        told = []
        browser.settle()  # a person reads one page before asking another; what goes on beside the pages is not theirs
        for _ in range(3):
            clock, processor = time.perf_counter(), browser.processor
            text = browser.get(path)
            told.append((time.perf_counter() - clock, browser.processor - processor, len(text)))
        said = "; ".join(f"{clock:.3f} s ({processor:.2f} cpu)" for clock, processor, _size in told)
        print(f"{name:30} {said}; {told[-1][2] >> 10} kB")
    print(f"first page {started:.2f} s after the command, with {memory} MB; peak memory {browser.memory} MB")
    print(f"load {os.getloadavg()[0]:.1f}")
    browser.stop()


def make_region(home: Path, pupils: int, schools: int) -> None:
    """A region that was converted: of most pupils the parents agreed, some have a test that needs a decision."""
    make_project(home, ["POVO"], name="Regio")
    chance, each = random.Random(1), pupils // schools
    numbers = [digits for digits in (f"9999{tail:05}" for tail in range(100_000)) if _is_bsn(digits)]
    lines = [";".join(["brin", "vestiging", "leerlingid", *CONSENT])]
    register = SCHOOLS.splitlines()[:1]
    named = test_of("Rekenen M6", "3.0", "Rekenen")
    for school in range(schools):
        brin = f"99{chr(65 + school // 26)}{chr(65 + school % 26)}"
        made = []
        for number in range(school * each, (school + 1) * each):
            bsn = numbers[number] if number < len(numbers) else ""  # of some the number is missing
            made.append(
                with_tests(number % 1000, named, Bsn=bsn, Leerlingnummer=str(number), Achternaam=f"Proef{number}")
                if number % 50 == 0
                else pupil(number % 1000, Bsn=bsn, Leerlingnummer=str(number), Achternaam=f"Proef{number}")
            )
            if chance.random() < _READY:
                lines.append(";".join([brin, "00", str(number), *CONSENT.values()]))
        register.append(SCHOOLS.splitlines()[1].replace("99XX", brin))
        of_school = f"<School><Naam>School {school}</Naam><Brin>{brin}</Brin><Vestiging>0</Vestiging></School>"
        (home / f"exports/{brin}.xml").write_text(reference(*made, school=of_school), encoding="utf-8")
    (home / "scholen.csv").write_text("\n".join(register), encoding="utf-8")
    flat(home / "exports")
    (home / "aanvullingen/akkoord.csv").write_text("\n".join(lines), encoding="utf-8")
    supplements = (home / "aanvullingen/akkoord.csv",)
    options = Options(
        (home / "exports",), "POVO", out_dir=home / "dod2oso-out/POVO", datum="2019-03-15", supplements=supplements,
        schools=home / "scholen.csv",
    )  # fmt: skip
    run(options, Quiet())


def _is_bsn(digits: str) -> bool:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


class Browser:
    """A server in a process of its own and what a browser knows of it."""

    def __init__(self, home: Path, state: Path) -> None:
        began = time.perf_counter()
        environment = os.environ | {"XDG_DATA_HOME": str(state), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "dod2oso", "open", str(home), "--no-browser"]
        self.process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.host, _, path = self.process.stdout.readline().partition("http://")[2].split()[0].partition("/")
        self.cookie = ""
        self.cookie = self._ask("GET", f"/{path}")[1].partition(";")[0]
        first = self.get("/")
        self.csrf = re.findall(r'name="csrf" value="([^"]+)"', first)[0]
        self.project = re.findall(r'href="(/p/[0-9a-f]+)"', first)[0]
        self.seconds = time.perf_counter() - began

    @property
    def memory(self) -> int:
        """Peak of the server, in MB."""
        return int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[0]) >> 10

    @property
    def processor(self) -> float:
        """Seconds that the server had of the processor."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / _TICK

    def until(self, path: str, there: Callable[[str], bool]) -> str:
        """The page as soon as it is so."""
        while not there(text := self.get(path)):
            time.sleep(0.5)
        return text

    def settle(self) -> None:
        """Wait until it has nothing more to do."""
        before = -1.0
        while self.processor - before > 0.02:
            before = self.processor
            time.sleep(1)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def get(self, path: str) -> str:
        return self._ask("GET", path)[2]

    def post(self, path: str, **fields: str) -> str:
        return self._ask("POST", path, urlencode({"csrf": self.csrf} | fields))[2]

    @property
    def at(self) -> str:
        """The only transfer of the project."""
        return f"{self.project}/POVO"

    def status(self, path: str, **fields: str) -> int:
        """What came of a form."""
        return self._ask("POST", path, urlencode({"csrf": self.csrf} | fields))[0]

    def drop(self, name: str, data: bytes) -> int:
        """Drop a file on the page of deliveries; what came of it."""
        sent = body((name, data), csrf=self.csrf)
        kind = "multipart/form-data; boundary=xxBOUNDARYxx"
        return self._ask("POST", f"{self.at}/deliveries/upload", sent, kind)[0]

    def stream(self, head: bytes, piece: bytes, times: int, tail: bytes) -> int:
        """The same for a file that is never whole in memory: so many times a piece of it."""
        connection = HTTPConnection(self.host, timeout=3600)
        connection.putrequest("POST", f"{self.at}/deliveries/upload", skip_host=True)
        size = str(len(head) + len(piece) * times + len(tail))
        for key, value in (
            ("Host", self.host), ("Origin", f"http://{self.host}"), ("Cookie", self.cookie), ("Content-Length", size),
            ("Content-Type", "multipart/form-data; boundary=xxBOUNDARYxx"),
        ):  # fmt: skip
            connection.putheader(key, value)
        connection.endheaders(head)
        for _ in range(times):
            connection.send(piece)
        connection.send(tail)
        return connection.getresponse().status

    def _ask(
        self, method: str, path: str, body: str | bytes | None = None, kind: str = "application/x-www-form-urlencoded"
    ) -> tuple[int, str, str]:
        headers = {"Host": self.host, "Origin": f"http://{self.host}", "Cookie": self.cookie}
        headers |= {"Content-Type": kind} if body is not None else {}
        connection = HTTPConnection(self.host, timeout=600)  # a busy machine is no hang
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Set-Cookie") or "", answer.read().decode()


class Monkey:
    """Clicks, types, drops and reloads at random, and remembers what was confirmed."""

    def __init__(self, dice: random.Random, home: Path) -> None:
        self.dice, self.home = dice, home
        self.numbers: dict[str, str] = {}  # page of a pupil -> the number that the school gave
        self.fields: dict[tuple[str, str], str] = {}  # page and field -> what was confirmed
        self.files: set[str] = set()
        self.decided: str | None = None  # the code of the test, None when nothing is decided
        self.sure = True  # whether `decided` was confirmed
        self.doubt: tuple[str, str] | None = None  # what was under way when the server went
        self.count = 0

    def look(self, browser: "Browser") -> list[str]:
        """What was confirmed and is not there: on its page, or in the file when a run made its page superfluous."""
        lost = []
        file = Filled(self.home / SUPPLEMENTS, "POVO", "99XX", "00", self.home / OUT / "POVO")
        rows = {who.leerlingid: given for who, given in file.rows().items()}
        for path in sorted({path for path, _column in self.fields}):
            there = _kept(browser.until(path, lambda text: "data-again" not in text or 'name="w:' in text))
            there = rows.get(self.numbers[path], {}) | there if path in self.numbers else there
            mine = {column: text for (page, column), text in self.fields.items() if page == path}
            lost += [column for column, text in mine.items() if there.get(column, "") != text]
        names = browser.get(f"{browser.at}/deliveries")
        lost += [name for name in self.files if name not in names]
        if self.sure and self.decided is not None and self.decided not in browser.get(f"{browser.at}/decide"):
            lost.append("decision")
        return lost

    def act(self, browser: "Browser", pupils: list[str], places: list[str]) -> None:
        """One thing that changes something, and a page after it."""
        kinds = [
            self.type,
            self.type,
            self.type,
            self.save,
            self.choose,
            self.choose,
            self.decide,
            self.drop,
            self.work,
        ]
        self.dice.choice(kinds)(browser, pupils, places)
        self.count += 1
        self.doubt = None
        browser.get(self.dice.choice([f"{browser.at}/{part}" for part in _PAGES] + ["/", *pupils, *places]))

    def type(self, browser: "Browser", pupils: list[str], _places: list[str]) -> None:
        path = self.dice.choice(pupils)
        column, value = self.dice.choice([("inzage/inzagedatum", self.dice.choice(DATES)), ("inzage/inzage", "ja")])
        self.doubt = (path, column)
        was = _kept(browser.get(path)).get(column, "")
        if '"saved"' in browser.post(f"{path}/field", column=column, value=value, was=was):
            self.fields[path, column] = value

    def save(self, browser: "Browser", pupils: list[str], _places: list[str]) -> None:
        path, value = self.dice.choice(pupils), self.dice.choice(DATES)
        self.doubt = (path, "inzage/inzagedatum")
        there = _kept(browser.get(path))
        form = {f"{sort}:{column}": text for column, text in there.items() for sort in "vw"}
        if browser.status(path, **form | {"v:inzage/inzagedatum": value}) == 303:
            self.fields[path, "inzage/inzagedatum"] = value

    def choose(self, browser: "Browser", _pupils: list[str], places: list[str]) -> None:
        path, value = self.dice.choice(places), self.dice.choice(["!geen-plaats", "!techniek", ""])
        self.doubt = (path, "field")
        was = _kept(browser.get(path)).get("field", "")
        wanted = {"v:field": value[:1], "w:field": was, "reason": value[1:]}
        if browser.status(path, **wanted) == 303:
            self.fields[path, "field"] = value

    def decide(self, browser: "Browser", _pupils: list[str], _places: list[str]) -> None:
        self.sure = False
        page = browser.until(f"{browser.at}/decide", lambda text: "data-again" not in text)
        found = re.findall(r'name="question" value="([^"]+)"', page)
        undo = re.findall(r'name="decision" value="([^"]+)"><input type="hidden" name="was" value="([^"]*)"', page)
        if found:
            code = str(self.dice.randint(1000, 9999))
            if browser.status(f"{browser.at}/decide/answer", question=found[0], code=code) == 303:
                self.decided, self.sure = code, True
        elif undo and browser.status(f"{browser.at}/decide/undo", decision=undo[0][0], was=undo[0][1]) == 303:
            self.decided, self.sure = None, True

    def drop(self, browser: "Browser", _pupils: list[str], _places: list[str]) -> None:
        name = f"los{self.dice.randint(1, 20)}.txt"
        if browser.drop(name, b"geen export") == 303:
            self.files.add(name)

    def work(self, browser: "Browser", _pupils: list[str], _places: list[str]) -> None:
        """Start a run, or stop the one that goes on."""
        going = 'id="bezig"' in browser.get(f"{browser.at}/run")
        browser.post(f"{browser.at}/run/stop" if going else f"{browser.at}/run")


_PAGES = ("deliveries", "decide", "run", "schools", "fill", "fill?what=useful", "handover", "report")


def kills(minutes: float, seed: int) -> int:
    """Click at random; how many confirmed things were lost."""
    dice, lost, killed = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "regio"
        monkey = Monkey(dice, home)
        make_project(home, ["POVO"], name="Regio")
        named = with_tests(1, test_of("Rekenen M6", "3.0", "Rekenen"))
        (home / "exports/a.xml").write_text(reference(named, *(pupil(n) for n in range(2, 9))), encoding="utf-8")
        flat(home / "exports", range(30, 50))
        run(Options((home / "exports",), "POVO", out_dir=home / "dod2oso-out/POVO", datum="2019-03-15"), Quiet())
        end = time.monotonic() + 60 * minutes
        pupils: list[str] = []
        places: list[str] = []
        while time.monotonic() < end:
            browser = Browser(home, Path(name) / "state")
            if not pupils:
                school = browser.get(f"{browser.at}/fill/99XX-00")
                monkey.numbers = dict(
                    re.findall(rf'href="({browser.at}/fill/99XX-00/[0-9a-f]{{16}})">([0-9]+)<', school)
                )
                pupils = list(monkey.numbers)
                files = browser.until(f"{browser.at}/deliveries", lambda text: "data-again" not in text)
                layout = re.findall(rf'href="({browser.at}/layout/[^"]+)"', files)[0]
                browser.until(layout, lambda text: "/row/" in text)
                places = re.findall(rf'href="({layout}/row/[0-9a-f]+)"', browser.get(layout))[-4:]
            gone = monkey.look(browser)
            lost += len(gone)
            for each in gone:
                print(f"lost: {each}")
            killer = dice.choice([None, dice.random() * 2, dice.random() * 10])
            if killer is not None:  # in the middle of what goes on
                Timer(killer, browser.process.kill).start()  # does nothing to another process of that number
            try:
                for _ in range(dice.randint(3, 40)):
                    monkey.act(browser, pupils, places)
            except (OSError, HTTPException):
                # what was under way may be kept or not: only an answer is a confirmation
                if monkey.doubt is not None:
                    monkey.fields.pop(monkey.doubt, None)
            browser.stop()
            killed += 1
    looked = f"{len(monkey.fields)} fields, {len(monkey.files)} files and a decision looked for after each"
    print(f"{monkey.count} changes, {killed} kills, {looked}; {lost} confirmed lost (seed {seed})")
    return lost


def _kept(page: str) -> dict[str, str]:
    found = re.findall(r'name="w:([^"]+)" value="([^"]*)"', page)
    return {unescape(column): unescape(value) for column, value in found}


def drop(megabytes: int) -> None:
    """Drop one large file: how long it takes, and the memory of the server before and at its peak."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "regio"
        make_project(home, ["POVO"], name="Regio")
        browser = Browser(home, Path(name) / "state")
        browser.get(f"{browser.at}/deliveries")
        browser.settle()
        before, began = browser.memory, time.perf_counter()
        head, _, tail = body(("groot.bin", b"@@"), csrf=browser.csrf).partition(b"@@")
        piece = b"\x07" * (1 << 20)
        status = browser.stream(head, piece, megabytes, tail)
        there = (home / "exports/groot.bin").stat().st_size >> 20
        took = time.perf_counter() - began
        print(
            f"{status}: {there} MB there after {took:.0f} s; memory {before} MB before, {browser.memory} MB at its peak"
        )
        browser.stop()


if __name__ == "__main__":
    what, given = sys.argv[1:2], sys.argv[2:]
    if what == ["drop"]:
        sys.exit(drop(int(given[0]) if given else 2048))
    if what == ["kills"]:
        sys.exit(kills(float(given[0]) if given else 1.0, int(given[1]) if given[1:] else 1))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(given[2]) if given[2:] else Path(name)
        folder.mkdir(exist_ok=True)
        pages(int(given[0]) if given else 10_000, int(given[1]) if given[1:] else 40, folder)
