"""Options and choices that had another name before: refused, with the name they have now.

Commands and options are English words; what OSO itself names stays as OSO says it (`--overstap`, `--datum`, BRIN).
"""

from collections.abc import Sequence

from dod2oso.base.errors import UsageError

OPTIONS = {
    "--met-namen": "--names",
    "--aan": "--to",
    "--ontvangers": "--receivers",
    "--niet-aangekomen": "--not-arrived",
    "--map": "--folder",
    "--alles": "--all",
    "--bron": "--source",
    "--leerlingen": "--pupils",
    "--doel": "--receiver",
    "--poort": "--port",
}
CHOICES = {("--merge", "nieuwste"): "newest", ("--since", "vorige"): "previous"}


def refuse_old_names(arguments: Sequence[str]) -> None:
    """UsageError, with the new name, when an argument is an option or a choice under its old name."""
    for position, argument in enumerate(arguments):
        if argument == "--":
            return
        option, joined, value = argument.partition("=")
        if option in OPTIONS:
            raise UsageError("renamed", old=option, new=OPTIONS[option])
        if not joined:
            value = arguments[position + 1] if position + 1 < len(arguments) else ""
        if (option, value) in CHOICES:
            raise UsageError("renamed", old=f"{option} {value}", new=f"{option} {CHOICES[option, value]}")
