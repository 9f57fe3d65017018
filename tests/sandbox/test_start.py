"""`dod2oso sandbox start` as a process: a source of another process joins in, until Ctrl-C."""

import asyncio
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dod2oso.ledger.store import Ledger
from tests import copied
from tests.cli.kit import dod2oso
from tests.sandbox.kit import BRON, pupils, run, stage


@pytest.fixture(name="ledger")
def _ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "out" / "ledger.sqlite", tmp_path / "out") as ledger:
        yield ledger


async def started(folder: Path, *arguments: str | Path, new: bool = False) -> asyncio.subprocess.Process:
    """In a copy of this process, or a new one where it opens the ledger that is open here."""
    more = copied.copied(*arguments, TMPDIR=str(folder), PYTHONUNBUFFERED="1")
    if new:
        more.pop("preexec_fn", None)
    return await asyncio.create_subprocess_exec(
        *copied.command(*arguments), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        **more,
    )  # fmt: skip


async def until(process: asyncio.subprocess.Process, *words: str) -> str:
    """What it says, up to and with a line that has each of these words once."""
    assert process.stdout is not None
    said, left = "", list(words)
    while left:
        line = (await process.stdout.readline()).decode()
        assert line, said
        said += line
        left = [word for word in left if word not in line]
    return said


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that nobody else is given: we hold it, and a server that may take over an address listens on it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture(name="port")
def _port() -> Iterator[int]:
    with reserved_port() as port:
        yield port


def test_a_reserved_port_is_given_to_nobody_and_a_server_may_listen_on_it() -> None:
    with reserved_port() as port, reserved_port() as other:
        assert port != other
        with socket.socket() as stranger, pytest.raises(OSError):
            stranger.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
            pass


@pytest.mark.parametrize("fault", ["", "cut-receiver"])
def test_a_source_in_another_process_joins_in(ledger: Ledger, tmp_path: Path, port: int, fault: str) -> None:
    who = pupils(2)
    out = tmp_path / "out"
    stand = stage(ledger, out, who, allowed="99ZZ")
    stage(ledger, out, pupils(3)[2:], overstap="POSWV", allowed="", name="b.xml")
    asked = tmp_path / "leerlingen.csv"
    asked.write_text("brin;pgn\n" + "".join(f"{BRON};{pupil.pgn}\n" for pupil in who))
    url = f"https://localhost:{port}/"
    sandbox = ["sandbox", "start", "--pupils", asked, "--source", url, *(["--fault", fault] if fault else [])]

    async def main() -> None:
        around = await started(tmp_path, *sandbox)
        first = await until(around, "handover serve")
        found = re.search(r'--config "([^"]+)"', first)
        assert found and Path(found[1]).is_file()
        source = await started(tmp_path, "handover", "serve", "--config", found[1], "--out", out, new=True)
        # two dossiers and the one of the SWV are signed off, and the SWV gives its feedback
        said = first + await until(around, "afmelding", "terugkoppeling")
        while len(re.findall("afmelding.*overdracht-geslaagd", said)) < 3:
            said += await until(around, "afmelding")
        source.send_signal(signal.SIGINT)
        assert (await source.communicate())[0] == b""
        around.send_signal(signal.SIGINT)
        rest, err = await around.communicate()
        assert around.returncode == 130
        sums = dict(re.findall(r"^(\D+?)\s+(\d+)$", rest.decode(), re.M))
        assert (sums["opgehaald door de school"], sums["opgehaald door een SWV"]) == ("2", "1")
        assert not Path(found[1]).parent.exists()  # it was a temporary one
        everything = said + rest.decode() + err.decode()
        assert "Traceback" not in everything
        assert not any(pupil.pgn in everything or pupil.secret in everything for pupil in pupils(3))

    run(main)
    assert sorted(stand.states()) == ["acknowledged", "fetched", "fetched"]


def test_wrong_use_is_told_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "l.csv").write_text("brin;pgn\n99XA;Jansen\n")
    for code, *arguments in (
        (2,),
        (2, "--brin", "99ZZ"),
        (2, "--brin", "school"),
        (2, "--brin", "99XA", "--source", "http://localhost/"),
        (2, "--brin", "99XA", "--source", 'https://localhost/"\n'),
        (2, "--brin", "99XA", "--source", "https://example.org/"),
        (5, "--pupils", "l.csv"),
    ):
        ended = dod2oso(capsys, monkeypatch, "sandbox", "start", *map(str, arguments))
        assert (ended.code, ended.out) == (code, "") and ended.err and "Jansen" not in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["l.csv"]
