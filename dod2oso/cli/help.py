"""Help, usage and mistakes on the command line, in the language of who types. All words stand in help.yaml."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from textwrap import shorten
from typing import Any, ClassVar, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from dod2oso.base.errors import Dod2osoError, UsageError
from dod2oso.base.nearest import did_you_mean
from dod2oso.base.settings_file import read_settings
from dod2oso.base.texts import LANGUAGES, Text
from dod2oso.cli.completion import typed

VARIABLE = "DOD2OSO_LANG"
_BESIDE = 70  # characters that a shell shows beside what may follow; a second line it would take for another one
F = TypeVar("F", bound=Callable[..., Any])


def language(arguments: Sequence[str]) -> str:
    """The language for a command line: as it says itself, else as the environment, else as dod2oso.toml, else nl."""
    said = ""
    for argument, following in pairwise((*arguments, "")):
        if argument == "--":
            break
        if argument == "--lang":
            said = following
        elif argument.startswith("--lang="):
            said = argument.partition("=")[2]
    for lang in (said, os.environ.get(VARIABLE, ""), _set()):
        if lang in LANGUAGES:
            return lang
    return "nl"


def _set() -> str:
    try:
        settings = read_settings()
    except Dod2osoError:  # the command that needs them tells
        return ""
    return str(settings.tables.get("lang", "")) if settings is not None else ""


@lru_cache(maxsize=1)
def pages() -> dict[str, Any]:
    """help.yaml."""
    from dod2oso.base.yaml import load

    return dict(load(Path(__file__).with_name("help.yaml")).data)


def word(name: str, lang: str) -> str:
    """A word of the page itself."""
    return str(pages()["words"][name][lang])


def about(path: str, lang: str) -> str:
    """What a command does; `path`: its names, without that of the programme unless that is all."""
    return str(pages()["commands"][path][lang])


def about_parameter(path: str, parameter: Any, lang: str) -> str:
    """What an option or argument of a command is; of one that takes the words of another (`as`), what it is there."""
    key, commands = key_of(parameter), pages()["commands"]
    page = commands[commands[path].get("as", path)]
    return str((page.get(key) or pages()["all"][key])[lang])


def key_of(parameter: Any) -> str:
    """The key of an option or argument in help.yaml."""
    return _names(parameter)[0] if parameter.param_type_name == "option" else str(parameter.name.upper())


def _names(parameter: Any) -> list[str]:
    """The names of an option, a whole word before a letter: those of help come in any order."""
    return sorted(parameter.opts, key=lambda name: not name.startswith("--"))


def path_of(ctx: Any) -> str:
    """The key of a command in help.yaml."""
    names: list[str] = []
    while ctx is not None:
        names.insert(0, ctx.info_name or "dod2oso")
        ctx = ctx.parent
    return " ".join(names[1:]) or "dod2oso"


def value_word(parameter: Any, ctx: Any, lang: str) -> str:
    """What stands for the value of an option or argument."""
    if parameter.metavar is None and parameter.param_type_name == "argument":
        shown = parameter.name.upper()
    else:
        shown = parameter.metavar or parameter.display_type(ctx).strip("<>")
    words = pages()["values"]
    if shown in words:
        return str(words[shown][lang])
    for english, said in words.items():
        if english.isupper():
            shown = shown.replace(english, said[lang])
    return str(shown)


class _Translated:
    """A command that finds its language on the command line, and that of its parts is the same."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        lang = ctx.meta.setdefault("lang", language(args))
        ctx.default_map = {"lang": lang}
        many = isinstance(self, TyperGroup)
        ctx.allow_extra_args = True
        if all(parameter.name != "lang" for parameter in self.params):  # type: ignore[attr-defined]
            args = _without_language(args, before_a_name=many)
        rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        if rest and not many and not ctx.resilient_parsing:  # a shell that asks what may follow is told nothing
            raise UsageError("argument-too-many", arguments=" ".join(rest), command=ctx.command_path)
        return rest

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """What may follow, each explained in the language of the line."""
        lang = language(typed())
        found: list[Any] = super().shell_complete(ctx, incomplete)  # type: ignore[misc]
        above = "" if ctx.parent is None else f"{path_of(ctx)} "
        options = {
            name: parameter
            for parameter in self.get_params(ctx)  # type: ignore[attr-defined]
            if parameter.param_type_name == "option"
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        for item in found:
            if item.value in options:
                said = about_parameter(path_of(ctx), options[item.value], lang)
            else:
                said = about(f"{above}{item.value}", lang)
            item.help = shorten(said, _BESIDE, placeholder=" …")
        return found

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        lang = ctx.meta["lang"]
        pieces = [word("options-mark", lang)]
        for parameter in self.params:  # type: ignore[attr-defined]
            if parameter.param_type_name == "argument":
                name = value_word(parameter, ctx, lang)
                pieces.append(name if parameter.required or name.startswith("[") else f"[{name}]")
        if isinstance(self, TyperGroup):
            mark = word("command-mark", lang)
            pieces.append(f"[{mark}]" if self.invoke_without_command and ctx.parent is not None else mark)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=f"{word('usage', lang)} ")

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(about(path_of(ctx), ctx.meta["lang"]))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        lang = ctx.meta["lang"]
        rows: dict[str, list[tuple[str, str]]] = {"arguments": [], "options": []}
        for parameter in self.get_params(ctx):  # type: ignore[attr-defined]
            if not getattr(parameter, "hidden", False):
                rows[f"{parameter.param_type_name}s"].append(_row(parameter, ctx, lang))
        if isinstance(self, TyperGroup):
            above = "" if ctx.parent is None else f"{path_of(ctx)} "
            rows["commands"] = [(name, about(f"{above}{name}", lang)) for name in self.list_commands(ctx)]
        for name, lines in rows.items():
            if lines:
                with formatter.section(word(name, lang)):
                    formatter.write_dl(lines)


def _row(parameter: Any, ctx: Any, lang: str) -> tuple[str, str]:
    """An option or argument as it is typed, and what it is."""
    name = value_word(parameter, ctx, lang)
    if parameter.param_type_name == "option":
        names = ", ".join((*_names(parameter), *parameter.secondary_opts))
        name = names if parameter.is_flag else f"{names} {name}"
    default = parameter.default
    extra = []
    if not parameter.is_eager and default not in (None, False, "", ()):
        shown = getattr(default, "value", default) if parameter.name != "lang" else lang
        extra.append(f"{word('default', lang)}: {shown}")
    if parameter.required:
        extra.append(word("required", lang))
    text = about_parameter(path_of(ctx), parameter, lang)
    if parameter.metavar == "OVERSTAP":
        text = f"{text} {_transfers(lang)}"
    return name, f"{text}  [{'; '.join(extra)}]" if extra else text


def _transfers(lang: str) -> str:
    from dod2oso.oso.transfers import explained

    return Text("transfers-are", known=explained()).text(lang)


def _without_language(args: list[str], *, before_a_name: bool) -> list[str]:
    """What stands on the line without --lang, for what has no such option of its own; in a group up to a command."""
    left: list[str] = []
    rest = list(args)
    while rest and rest[0] != "--" and not (before_a_name and not rest[0].startswith("-")):
        first = rest.pop(0)
        if first == "--lang":
            rest = rest[1:]
        elif not first.startswith("--lang="):
            left.append(first)
    return left + rest


class Command(_Translated, TyperCommand):
    """A command."""


class Group(_Translated, TyperGroup):
    """Commands with a name of their own."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-") and not ctx.resilient_parsing:
            known = self.list_commands(ctx)
            raise UsageError(
                "command-unknown", name=args[0], hint=did_you_mean(args[0], known), known=", ".join(known),
                command=ctx.command_path,
            )  # fmt: skip
        return super().resolve_command(ctx, args)


class _Places(dict[str, Any]):
    """Commands by name, each imported and made when it is asked for: a command needs little of what others need."""

    def __init__(self, package: str, places: Mapping[str, str]) -> None:
        super().__init__(dict.fromkeys(places))
        self._package, self._places = package, places

    def __getitem__(self, name: str) -> Any:
        made = super().__getitem__(name)
        if made is None:
            made = self[name] = self._made(name)
        return made

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401  dict.get would not make it

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def _made(self, name: str) -> Any:
        module, _, attribute = self._places[name].partition(":")
        found = getattr(import_module(f"{self._package}.{module}"), attribute)
        alone = Commands()
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=name)
        else:
            alone.command(name)(found)
        return typer.main.get_group(alone).commands[name]


class Lazily(Group):
    """Commands of which only the one that is called is imported."""

    places: ClassVar[tuple[str, Mapping[str, str]]]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Places(*self.places)

    def list_commands(self, _ctx: Any) -> list[str]:
        return list(self.commands)

    @classmethod
    def of(cls, package: str, places: Mapping[str, str]) -> type["Lazily"]:
        """For these commands of a package: `module:name` of a function, or of commands under one name."""
        return type("Lazily", (cls,), {"places": (package, places)})


class Commands(typer.Typer):
    """Commands of ours under one name."""

    def __init__(self, group: type[Group] = Group, **settings: Any) -> None:
        super().__init__(
            cls=group, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
            context_settings={"help_option_names": ["--help", "-h"]}, **({"no_args_is_help": True} | settings),
        )  # fmt: skip

    def command(self, name: str | None = None, **settings: Any) -> Callable[[F], F]:
        return super().command(name, cls=Command, **settings)


def mistake(error: Any, lang: str) -> str:
    """What is wrong with a command line that could not be read, and where to look; help when nothing was asked."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return str(error.format_message())
    parameter, ctx = getattr(error, "param", None), getattr(error, "ctx", None)
    named = "" if parameter is None else key_of(parameter)
    if parameter is not None and parameter.param_type_name == "argument":
        named = value_word(parameter, ctx, lang)
    if kind == "NoSuchOption":
        near = ", ".join(sorted(error.possibilities or ()))
        key = "option-unknown.near" if near else "option-unknown"
        text = Text(key, option=error.option_name, **({"near": near} if near else {}))
    elif kind == "MissingParameter":
        text = Text("parameter-missing", name=named)
    elif kind == "BadOptionUsage":
        text = Text("option-needs-value", option=error.option_name)
    elif parameter is not None:
        value = value_word(parameter, ctx, lang)
        text = Text("parameter-wrong", name=key_of(parameter) if named == value else named, value=value)
    else:
        text = Text("command-line-wrong")
    more = word("more", lang).format(command="dod2oso" if ctx is None else ctx.command_path)
    lines = [more] if ctx is None else [ctx.get_usage(), more]
    return "\n".join((*lines, text.text(lang)))
