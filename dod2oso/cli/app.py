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
from dod2oso.cli import mapping as mapping_commands
from dod2oso.cli.audit import app as audit_app
from dod2oso.cli.bundle import app as bundle_app
from dod2oso.cli.completion import VARIABLE, asked, completion, typed
from dod2oso.cli.decide import app as decide_app
from dod2oso.cli.doctor import doctor
from dod2oso.cli.explain import explain
from dod2oso.cli.generate import generate
from dod2oso.cli.handover import app as handover_app
from dod2oso.cli.help import Commands, language, mistake
from dod2oso.cli.init import init
from dod2oso.cli.inspection import inspection
from dod2oso.cli.lock import change_passphrase, lock, unlock
from dod2oso.cli.old_names import refuse_old_names
from dod2oso.cli.open import open_
from dod2oso.cli.options import Lang
from dod2oso.cli.oso import app as oso_app
from dod2oso.cli.passphrase import project_word
from dod2oso.cli.profile import app as profile_app
from dod2oso.cli.proof import app as proof_app
from dod2oso.cli.purge import purge
from dod2oso.cli.qualify import app as qualify_app
from dod2oso.cli.receive import receive
from dod2oso.cli.rekey import recovery_sheet, rekey, show
from dod2oso.cli.remind import remind
from dod2oso.cli.report import app as report_app
from dod2oso.cli.retention import show_retention
from dod2oso.cli.run import join, run
from dod2oso.cli.sandbox import app as sandbox_app
from dod2oso.cli.scan import scan
from dod2oso.cli.status import status
from dod2oso.cli.streams import settle
from dod2oso.cli.subject_access import subject_access
from dod2oso.cli.suppliers import suppliers
from dod2oso.cli.validate import validate

app = Commands(name="dod2oso")


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


app.command("init")(init)
app.command("open")(open_)
app.command("run")(run)
app.command("join")(join)
app.command("scan")(scan)
app.command("validate")(validate)
app.add_typer(report_app, name="report")
app.command("status")(status)
app.command("remind")(remind)
app.command("inspection")(inspection)
app.command("receive")(receive)
app.command("explain")(explain)
app.command("completion")(completion)
app.command("generate")(generate)
app.add_typer(profile_app, name="profile")
app.add_typer(decide_app, name="decide")
app.command("doctor")(doctor)
app.command("suppliers")(suppliers)
app.add_typer(mapping_commands.app, name="mapping")
app.add_typer(bundle_app, name="bundle")
app.add_typer(oso_app, name="oso")
app.add_typer(handover_app, name="handover")
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(qualify_app, name="qualify")
app.add_typer(audit_app, name="audit")
app.add_typer(proof_app, name="proof")
app.command("subject-access")(subject_access)
app.command("retention")(show_retention)
app.command("purge")(purge)
app.command("lock")(lock)
app.command("unlock")(unlock)
app.command("change-passphrase")(change_passphrase)
app.command("rekey")(rekey)
app.command("recovery-sheet")(recovery_sheet)
app.command("show")(show)


def main() -> None:
    """Run a command; every expected failure becomes one clear message and its exit code, never a traceback."""
    settle()
    lang = language(typed() if asked() else sys.argv[1:])
    _end_in_order()
    keep_memory_private()
    projectkey.ask_with(partial(project_word, lang))
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
