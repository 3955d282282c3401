"""A kind of a registry and its options as one word, such as ``clip-q:prune=0.3,snap=2``."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar, get_type_hints

__all__ = ["made_from", "options_of", "spelling_of"]

T = TypeVar("T")

_WORDS = {"yes": True, "no": False}
_ALLOWED = {int: "an integer", float: "a number", bool: "yes or no"}


def options_of(kind: type) -> dict[str, Any]:
    """Options of a kind, a dataclass: those of its fields that have a default, which is told."""
    return {field.name: field.default for field in _options(kind)}


def spelling_of(made: Any) -> str:
    """The word that :func:`made_from` makes an equal object from: the kind's name, and each option
    that is not at its default."""
    changed = [
        f"{field.name}={_word(getattr(made, field.name))}"
        for field in _options(type(made))
        if getattr(made, field.name) != field.default
    ]
    return f"{made.kind}:{','.join(changed)}" if changed else made.kind


def made_from(kinds: Mapping[str, type[T]], what: str, text: str, **given: Any) -> T:
    """Object that ``text`` spells.

    Parameters
    ----------
    kinds : mapping of str to dataclass
        A registry. Options are integers, numbers, text, or yes and no.
    what : str
        What a kind is called in messages.
    text : str
        Name, and options behind a colon: ``name:option=value,option=value``.
    **given
        Fields that are no options.

    Raises
    ------
    ValueError
        If there is no such kind or option, or a value is of the wrong type or refused by the kind.
    """
    name, colon, rest = text.partition(":")
    if name not in kinds:
        raise ValueError(f"{what} must be one of {', '.join(kinds)}, not {name!r}")
    known = {field.name for field in _options(kinds[name])}
    types = get_type_hints(kinds[name])
    options: dict[str, Any] = {}
    for part in rest.split(",") if colon else []:
        option, _, value = part.partition("=")
        if option not in known:
            has = f"its options are {', '.join(sorted(known))}" if known else "it has no options"
            raise ValueError(f"{what} {name} has no option {option!r}; {has}")
        if option in options:
            raise ValueError(f"Option {option!r} of {what.lower()} {name} is given twice")
        options[option] = _value(f"{option} of {what.lower()} {name}", types[option], value)
    return kinds[name](**options, **given)


def _options(kind: type) -> list[Field]:
    return [field for field in fields(kind) if field.default is not MISSING]


def _word(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value}"


def _value(label: str, kind: type, text: str) -> Any:
    try:
        return _WORDS[text] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise ValueError(f"{label} must be {_ALLOWED[kind]}, not {text!r}") from None
