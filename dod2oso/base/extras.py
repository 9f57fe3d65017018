"""Parts of dod2oso that are installed apart: say what is absent instead of failing on an import."""

from importlib.util import find_spec

from dod2oso.base.errors import ConfigurationError


def needs(*modules: str, extra: str) -> None:
    """ConfigurationError when one of these modules is not installed, naming the extra that brings it."""
    if any(find_spec(module) is None for module in modules):
        raise ConfigurationError("extra-needed", extra=extra)
