"""Templates → text. The only Jinja door; templates are found in a wheel and in a checkout."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import jinja2

from analyzer import escape

_HERE = Path(__file__).resolve().parent


def directory() -> Path:
    """Where templates are: beside the package in a wheel, above it in a checkout."""
    for candidate in (_HERE / "templates", _HERE.parent / "templates"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"no templates beside {_HERE}; reinstall groundplan")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(directory()),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # the output is Markdown; every value passes a filter for where it lands
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        md=escape.markdown, code=escape.code, html=escape.html, prose=escape.prose,
        path=escape.path, field=escape.field, value=escape.value,
    )  # fmt: skip
    return environment


def render(name: str, /, **values: object) -> str:
    """A template's text. An undefined name is our bug and a traceback."""
    return _environment().get_template(name).render(**values)


def assets() -> dict[str, bytes]:
    """Style sheet and script of the site, by file name."""
    folder = directory() / "assets"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
