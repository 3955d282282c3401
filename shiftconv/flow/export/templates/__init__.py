"""Text of generated files, with its places filled in."""

from typing import Any

import jinja2

__all__ = ["render"]

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("shiftconv.flow.export", "templates"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)


def render(template: str, **values: Any) -> str:
    """Text of the template of that file name; a place without a value is an error."""
    return _TEMPLATES.get_template(template).render(**values)
