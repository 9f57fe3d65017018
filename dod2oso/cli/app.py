"""The command line: names and options only. Each command lives in its own module and is imported when it is called."""

import signal
import sys
import threading
from functools import partial
from typing import Annotated

import typer
from typer.exceptions import TyperException

from dod2oso.base import projectkey
from dod2oso.base.errors import Dod2osoError, ExitCode, where_in_our_code
from dod2oso.base.process import keep_memory_private
from dod2oso.base.texts import Text
from dod2oso.cli.completion import VARIABLE, asked, typed
from dod2oso.cli.help import Commands, Lazily, language, mistake
from dod2oso.cli.old_names import refuse_old_names
from dod2oso.cli.options import Lang
from dod2oso.cli.streams import settle

# each command, in the order in which help shows them, and where it lives: a function, or commands under one name
COMMANDS = {
    "init": "init:init",
    "open": "open:open_",
    "run": "run:run",
    "join": "run:join",
    "scan": "scan:scan",
    "validate": "validate:validate",
    "status": "status:status",
    "remind": "remind:remind",
    "inspection": "inspection:inspection",
    "receive": "receive:receive",
    "explain": "explain:explain",
    "completion": "completion:completion",
    "generate": "generate:generate",
    "doctor": "doctor:doctor",
    "suppliers": "suppliers:suppliers",
    "subject-access": "subject_access:subject_access",
    "retention": "retention:show_retention",
    "purge": "purge:purge",
    "lock": "lock:lock",
    "unlock": "lock:unlock",
    "change-passphrase": "lock:change_passphrase",
    "rekey": "rekey:rekey",
    "recovery-sheet": "rekey:recovery_sheet",
    "show": "rekey:show",
    "report": "report:app",
    "profile": "profile:app",
    "decide": "decide:app",
    "mapping": "mapping:app",
    "bundle": "bundle:app",
    "oso": "oso:app",
    "handover": "handover:app",
    "sandbox": "sandbox:app",
    "qualify": "qualify:app",
    "audit": "audit:app",
    "proof": "proof:app",
}

app = Commands(group=Lazily.of("dod2oso.cli", COMMANDS), name="dod2oso")


def _version(wanted: bool) -> None:
    if wanted:
        from dod2oso.cli.version import lines

        typer.echo("\n".join(lines(language(sys.argv[1:]))))
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
    lang: Lang = Lang.nl,  # read by help.language, for the command that follows too
) -> None:
    pass


def main() -> None:
    """Run a command; every expected failure becomes one clear message and its exit code, never a traceback."""
    settle()
    lang = language(typed() if asked() else sys.argv[1:])
    _end_in_order()
    keep_memory_private()
    projectkey.ask_with(partial(_project_word, lang))
    try:
        refuse_old_names(sys.argv[1:])
        code = app(standalone_mode=False, complete_var=VARIABLE)
        if code == ExitCode.INTERRUPTED:
            typer.echo(Text("interrupted").text(lang), err=True)
        sys.exit(int(code or 0))
    except TyperException as error:
        typer.echo(mistake(error, lang), err=True)
        sys.exit(int(ExitCode.USAGE))
    except Dod2osoError as error:
        typer.echo(error.text(lang), err=True)
        sys.exit(int(error.exit_code))
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # whoever reads us has seen enough: `… | head`
            sys.exit(int(ExitCode.DONE))
        raise
    except MemoryError:
        typer.echo(Text("too-little-memory").text(lang), err=True)
        sys.exit(int(ExitCode.TRY_LATER))
    except OSError as error:  # without its file name, which may hold more than the reader may see
        key = "place-is-not-there" if isinstance(error, FileNotFoundError) else "machine-in-the-way"
        typer.echo(Text(key, kind=type(error).__name__).text(lang), err=True)
        sys.exit(int(ExitCode.TRY_LATER))
    except Exception as error:  # a bug: say so without a value from an export, which a traceback could show
        typer.echo(_bug(error, lang), err=True)
        sys.exit(int(ExitCode.BUG))


def _project_word(lang: str) -> str:
    from dod2oso.cli.passphrase import project_word  # few commands meet an encrypted project

    return project_word(lang)


def _end_in_order() -> None:
    """Take a request to end (of a service manager, of a terminal that closes) as Ctrl-C, unless it is ignored."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _bug(error: Exception, lang: str) -> str:
    """Where it went wrong (our own file and line), never what was in the data."""
    return Text("bug", kind=type(error).__name__, place=where_in_our_code(error)).text(lang)
