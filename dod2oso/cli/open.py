"""`dod2oso open`: the work in a browser, on one's own machine."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base import projectkey
from dod2oso.base.collector import set_apart
from dod2oso.base.settings_file import FILE
from dod2oso.base.texts import Text
from dod2oso.cli.options import Lang
from dod2oso.cli.passphrase import VARIABLE

if TYPE_CHECKING:
    from dod2oso.desk.elsewhere import Outside
    from dod2oso.desk.opened import Opened


def open_(
    project: Annotated[Path | None, typer.Argument(metavar="[FOLDER]")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser")] = False,
    school: Annotated[str, typer.Option("--school", metavar="BRIN")] = "",
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS")] = "",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 0,
    certificate: Annotated[Path | None, typer.Option("--certificate", metavar="FILE")] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE")] = None,
    passphrase_file: Annotated[Path | None, typer.Option("--passphrase-file", metavar="FILE")] = None,
    lang: Lang = Lang.nl,
) -> None:
    """Open the work in a browser: on this machine only, until it is stopped or not used for two hours."""
    import asyncio
    import gc
    import webbrowser

    gc.disable()  # until the first page can be asked for: nothing of what is loaded till then ever goes

    from platformdirs import user_data_path

    from dod2oso.base.brin import brin_of
    from dod2oso.base.errors import UsageError
    from dod2oso.base.extras import needs

    needs("aiohttp", extra="open")
    from dod2oso.desk.desk import Desk
    from dod2oso.desk.recent import Recent
    from dod2oso.desk.server import serve

    folder = project or (Path() if FILE.is_file() else None)
    brin = brin_of(school)
    if school and (folder is None or not brin):  # never a view of all schools where one was meant
        raise UsageError("desk-school-wrong")
    if (not host and (certificate or key or passphrase_file)) or (key and not certificate):
        raise UsageError("desk-host-needed")
    made = _outside(host, certificate, key, passphrase_file, lang) if host else None
    desk = Desk(lang.value, _load, Recent(user_data_path("dod2oso")), brin)
    desk.outside = made is not None
    if folder is not None:
        desk.open(folder)
        desk.home = folder.resolve()
    if not os.environ.get(VARIABLE):  # nobody looks at the terminal: the page asks for the passphrase of a project
        projectkey.ask_with(None)

    def tell(text: Text) -> None:
        typer.echo(text.text(lang.value), err=True)

    def show(url: str) -> None:
        set_apart()
        gc.enable()
        typer.echo(Text("desk-address" if made is None else "desk-address-outside", url=url).text(lang.value))
        if made is not None and made.fingerprint:
            typer.echo(Text("desk-fingerprint", fingerprint=made.fingerprint).text(lang.value))
        if made is None and not no_browser and not webbrowser.open(url):
            tell(Text("desk-no-browser"))

    try:
        told = asyncio.run(serve(desk, tell, show, outside=made, port=port))
    except KeyboardInterrupt:  # here the way to stop, and not something that broke off
        told = True
    tell(Text("desk-ended") if told else Text("desk-ended-idle"))


def _outside(host: str, certificate: Path | None, key: Path | None, file: Path | None, lang: Lang) -> "Outside":
    """For other computers: never without a passphrase, which stands on no command line."""
    from dod2oso.base.projectkey import long_enough
    from dod2oso.cli.passphrase import Passphrase
    from dod2oso.desk.elsewhere import checked_host, outside

    checked_host(host)
    return outside(host, long_enough(Passphrase(file, lang).twice()), certificate, key)


def _load(file: Path) -> "Opened | None":
    """The project of which this is the file of settings; None when it is there and of none."""
    from dod2oso.cli.settings import load_settings
    from dod2oso.desk.opened import Opened
    from dod2oso.project.folder import project_folder

    settings = load_settings(file)
    project = project_folder(file, settings.project, settings.transfer, settings.retention)
    return None if project is None else Opened(project, settings.handover)
