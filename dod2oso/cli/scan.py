"""`dod2oso scan`: what is in an export, before anything is converted."""

import shutil
import sys
from collections.abc import Mapping

import typer

from dod2oso.base.errors import ExitCode
from dod2oso.base.texts import Text
from dod2oso.cli.options import AsJson, Exports, Lang, PinFile, Profile


def scan(
    exports: Exports,
    source_profile: Profile = None,
    pin_file: PinFile = None,
    as_json: AsJson = False,
    lang: Lang = Lang.nl,
) -> None:
    """Show what is in an export: layout, source profile, paths and how full they are. Never a value of a person."""
    from dod2oso.cli.scan_text import as_dict, as_lines
    from dod2oso.cli.settings import own_profiles
    from dod2oso.discover.survey.scan import scan_export
    from dod2oso.source.container.discreet import NameList
    from dod2oso.source.container.find import find_exports
    from dod2oso.source.container.pins import gather_pins, terminal_ask
    from dod2oso.source.own_profiles import known_profiles

    profiles = known_profiles(source_profile, own_profiles(), lambda text: typer.echo(text.text(lang.value), err=True))
    sources = find_exports(exports, gather_pins(pin_file, terminal_ask(lang.value))).told_as(NameList(None).discreet)
    unreadable = not sources.exports
    if unreadable:
        typer.echo(Text("no-exports").text(lang.value), err=True)
    width = shutil.get_terminal_size((200, 40)).columns if sys.stdout.isatty() else 1000
    results = []
    for number, found in enumerate(sources.exports):
        with _Bar(found.name) as bar:
            result = scan_export(found, profiles, bar.more)
        unreadable = unreadable or result.problem is not None
        if as_json:
            results.append(as_dict(result, lang.value))
        else:
            typer.echo(("\n" if number else "") + "\n".join(as_lines(result, lang.value, width)))
    _tell_names(sources.renamed, lang.value)
    if as_json:
        from json import dumps

        typer.echo(dumps({"format": 1, "exports": results}, ensure_ascii=False, indent=2))
    if unreadable:
        raise typer.Exit(int(ExitCode.EXPORT_UNREADABLE))


def _tell_names(renamed: Mapping[str, str], lang: str) -> None:
    """What stands on stdout may be shared, so files have a number there; only a terminal shows which is which."""
    if not renamed:
        return
    typer.echo(Text("scan-names-numbered", count=len(renamed)).text(lang), err=True)
    if sys.stderr.isatty():
        for name, told in renamed.items():
            typer.echo(f"  {told}: {name}", err=True)


class _Bar:
    """Progress on a terminal, for exports that take a while; elsewhere nothing."""

    def __init__(self, name: str) -> None:
        self._bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(desc=name, unit="", unit_scale=True, delay=1.0, leave=False, file=sys.stderr)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def more(self, n: int) -> None:
        if self._bar is not None:
            self._bar.update(n)
