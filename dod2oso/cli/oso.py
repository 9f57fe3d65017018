"""`dod2oso oso`: the OSO versions there are, what differs between two, and what was derived of an added one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dod2oso.base.texts import Text
from dod2oso.cli.help import Commands
from dod2oso.cli.options import Lang

if TYPE_CHECKING:
    from dod2oso.report.release_letter import Section

app = Commands()


@app.command("show")
def show(
    version: Annotated[str | None, typer.Argument(metavar="VERSION")] = None,
    lang: Lang = Lang.nl,
) -> None:
    """Show what dod2oso knows of an OSO version, and where it has that from."""
    from dod2oso.oso.versions import known_versions
    from dod2oso.oso.versions import version as known_version
    from dod2oso.report.release_letter import version_page

    if version is not None:
        typer.echo(_page(version_page(known_version(version).name), lang.value))
        return
    for name in known_versions():
        found = known_version(name)
        origin = Text("version-list-built-in" if found.nearest is None else "version-list-added")
        typer.echo(Text("version-list", version=name, year=found.schoolyear, origin=origin).text(lang.value))


@app.command("diff")
def diff(
    old: Annotated[str, typer.Argument(metavar="VERSION")],
    new: Annotated[str, typer.Argument(metavar="VERSION")],
    out: Path | None = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    mapping: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    lang: Lang = Lang.nl,
) -> None:
    """The release letter: what differs, what that means for your dossiers and what you have to decide."""
    from dod2oso.base.errors import UsageError
    from dod2oso.oso.derive.compare import compare
    from dod2oso.oso.derive.effect import effect
    from dod2oso.oso.official import needed_judges
    from dod2oso.report.release_letter import as_html, overlay_mapping, release_letter

    found = compare(old, new)
    told = None
    if out is not None:
        if not out.is_dir():
            raise UsageError("folder-absent", name=out.name)
        told = effect(sorted((out / "dossiers" / "ready").rglob("*.xml")), old, new, needed_judges(new))
    sections = release_letter(found, told)
    typer.echo(_page(sections, lang.value))
    if html is not None:
        html.write_text(as_html(sections, lang.value), encoding="utf-8")
    if mapping is not None:
        if mapping.exists():
            raise UsageError("file-there-already", name=mapping.name)
        mapping.write_text(overlay_mapping(found, lang.value), encoding="utf-8")
        typer.echo(Text("letter-mapping-written", name=mapping.name).text(lang.value), err=True)


@app.command("export")
def export(version: Annotated[str, typer.Argument(metavar="VERSION")]) -> None:
    """Write what was derived of an added OSO version as YAML, to look at or to share."""
    from dod2oso.oso.derive.export import exported

    typer.echo(exported(version), nl=False)


def _page(sections: "list[Section]", lang: str) -> str:
    """Sections with a blank line between two, and their lines indented."""
    parts = ([section.title.text(lang), *(f"  {line.text(lang)}" for line in section.lines)] for section in sections)
    return "\n\n".join(map("\n".join, parts))
