"""What kustomize's transformers make of a value: pure repetitions of a rule, to compare with.

Only ever used to explain what the engine printed; nothing here is shown as a value.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence

from analyzer.diff import equal
from analyzer.levels import Image
from analyzer.marks import Mark, Removal
from analyzer.model import RenderedResource
from analyzer.shadows import Path

HASH = re.compile(r"-[2456789bcdfghkmt]{10}$")  # what a generator appends; kustomize api/hasher
_TAG = r"(?::[a-zA-Z0-9_.{}-]*)?(?:@sha256:[a-zA-Z0-9_.{}-]*)?"


_NEW = ("newName", "newTag", "digest", "tagSuffix")


def with_image(image: str, entry: Image) -> str | None:
    """What an entry of `images` makes of one (kustomize api/image); None where it fits not.

    None too where it says nothing that could be another.
    """
    name = entry.fields.get("name", "")
    if not any(entry.fields.get(key) for key in _NEW):
        return None
    if not re.fullmatch(re.escape(name) + _TAG, image):
        return None
    tag, _, digest = image[len(name) :].partition("@")
    new, new_tag = entry.fields.get("newName") or name, entry.fields.get("newTag")
    if new_tag and entry.fields.get("digest"):
        return f"{new}:{new_tag}@{entry.fields['digest']}"
    if new_tag:
        tag, digest = f":{new_tag}", ""
    elif entry.fields.get("digest"):
        tag, digest = "", entry.fields["digest"]
    tag += entry.fields.get("tagSuffix", "")
    return f"{new}{tag}{'@' + digest if digest else ''}"


def comes_out_as(mark: Mark, value: object, path: Path) -> bool:
    """Is this what a written value looks like in the render?

    Labels and annotations become text, data of a Secret base64, and long texts are folded anew
    when the engine merges them.
    """
    written = mark.value
    if equal(written, value):
        return True
    if not isinstance(value, str) or isinstance(written, dict | list):
        return False
    if isinstance(written, str) and "\n" in value and value.split() == written.split():
        return True
    if len(path) > 1 and path[-2] in ("annotations", "labels", "matchLabels", "selector"):
        return value == _as_text(written)
    if path[0] in ("data", "binaryData") and isinstance(written, str):
        return value in (written, _encoded(written), _encoded(written, folded=True))
    return False


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encoded(text: str, *, folded: bool = False) -> str:
    data = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
    if not folded:
        return data
    return "".join(f"{data[i : i + 70]}\n" for i in range(0, len(data), 70))


def with_variables(written: str, value: str, known: Mapping[str, object]) -> tuple[str, ...] | None:
    """The `$(NAME)` of `vars` that were replaced in a text; None where that cannot give the value.

    What they were replaced by is not compared: other text around them has to stay as it is.
    """
    names = [name for name in re.findall(r"\$\(([^()]+)\)", written) if name in known]
    pattern = "".join(
        ".*" if part[2:-1] in known else re.escape(part)
        for part in re.split(r"(\$\([^()]+\))", written)
    )
    return tuple(dict.fromkeys(names)) if names and re.fullmatch(pattern, value, re.S) else None


def is_matched(path: Path) -> bool:
    """Identity, or the key of a list's element: a patch that has it restates it, to be matched."""
    if path in (("kind",), ("apiVersion",), ("metadata", "name"), ("metadata", "namespace")):
        return True
    return len(path) > 1 and isinstance(path[-2], int) and path[-1] in _MERGE_KEYS


_MERGE_KEYS = ("name", "containerPort", "port", "mountPath", "devicePath", "ip", "topologyKey",
               "key", "type", "path", "host", "uid")  # fmt: skip

# paths --------------------------------------------------------------------------------------------

_PART = re.compile(r"\[([^\]]*)\]|((?:[^.\[\\]|\\.)+)")


def field_paths(content: object, written: str) -> Iterator[Path]:
    """The places that a replacement's field path names in a resource (kustomize kyaml/utils)."""
    found: list[tuple[Path, object]] = [((), content)]
    for match in _PART.finditer(written):
        selector, name = match[1], (match[2] or "").replace("\\.", ".")
        following: list[tuple[Path, object]] = []
        for path, value in found:
            following.extend(_next(path, value, selector, name))
        found = following
    yield from (path for path, _ in found)


def _next(
    path: Path, value: object, selector: str | None, name: str
) -> Iterator[tuple[Path, object]]:
    if selector is not None and "=" in selector and isinstance(value, list):
        key, _, wanted = selector.partition("=")
        for index, item in enumerate(value):
            if isinstance(item, Mapping) and str(item.get(key)) == wanted:
                yield (*path, index), item
        return
    name = selector if selector is not None else name
    if isinstance(value, Mapping) and name in value:
        yield (*path, name), value[name]
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if name in ("*", str(index)):
                yield (*path, index), item


def at(content: object, path: Sequence[str | int]) -> object:
    """The value at a path; None where there is none."""
    for part in path:
        if isinstance(content, Mapping):
            content = content.get(part)
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            return None
    return content


# what a patch is for ------------------------------------------------------------------------------


def removes(removal: Removal, resource: RenderedResource, written_name: str, path: Path) -> bool:
    """Does a patch take away this field of this resource, something around it or all in it?

    By what the patch says it is for, and by the pointer; list elements are not told apart.
    """
    kind, name = removal.target.get("kind"), removal.target.get("name")
    if kind and not selects(str(kind), resource.id.kind):
        return False
    if name and not (selects(str(name), written_name) or selects(str(name), resource.id.name)):
        return False
    parts = [p for p in removal.pointer.split("/")[1:] if not (p.isdigit() or p == "-")]
    parts = [part.replace("~1", "/").replace("~0", "~") for part in parts]
    own = [str(part) for part in path if not isinstance(part, int)]
    length = min(len(parts), len(own))
    return parts[:length] == own[:length]


def selects(pattern: str, text: str) -> bool:
    """Does a selector of kustomize's, an anchored regular expression, take this text?"""
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return pattern == text
