"""A resource ↔ the YAML text that Flux substitutes in: what sigs.k8s.io/yaml writes and reads.

That library writes and reads with go-yaml v2, whose types are YAML 1.1's: `yes` and `on` are
booleans, which `yamltext` elsewhere reads as the text they are for kustomize (go-yaml v3).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

import yaml

from analyzer import scalars, yamltext
from analyzer.model import Content
from analyzer.yamltext import MappingNode, Node, ScalarNode, YamlError

# A text that reads as one of these is written in double quotes, besides nulls and numbers.
_OTHER_TYPE = re.compile(
    r"y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"  # base 60
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"  # a date, and a time
    r"([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.,][0-9]+)?)?"
)


_TAGS: dict[object, str] = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}
_WORDS = {None: "null", True: "true", False: "false"}


class _Dumper(yaml.CSafeDumper):
    """libyaml, of which go-yaml's emitter is a translation; scalar styles as go-yaml picks them."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        return _TAGS[kind]  # nothing is quoted for the types that PyYAML would see in it


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None
    if "\n" in text:
        style = "|"
    elif _OTHER_TYPE.fullmatch(text) or not isinstance(scalars.resolve(text), str):
        style = '"'
    return dumper.represent_scalar(_TAGS[yaml.ScalarNode], text, style=style)


def _word(dumper: _Dumper, value: float | None) -> yaml.ScalarNode:
    text = _WORDS[value] if value is None or isinstance(value, bool) else repr(value)
    return dumper.represent_scalar(_TAGS[yaml.ScalarNode], text)


_Dumper.add_representer(str, _text)
for _type in (bool, int, float, type(None)):
    _Dumper.add_representer(_type, _word)


def dump(content: Content) -> str:
    """kustomize's AsYAML, of keys in the order given. (A float may be written another way.)

    Lines fold at 80 columns; a text that would read as another type stands in double quotes, one
    of several lines in a literal block, any other plain or, where it must, in single quotes.
    """
    text: str = yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text.removesuffix("...\n") if text.endswith("\n...\n") else text


def load(text: str) -> object:
    """The first document's value. Raises YamlError, whose message may quote the text.

    As it comes out of the JSON it goes through: keys are text, whole floats are integers, and
    integers beyond 2⁵³ are rounded.
    """
    node = yamltext.compose(text.encode("utf-8", "surrogateescape"), "").first
    for mapping in _mappings(node):
        for key, _ in mapping.value:
            if not isinstance(key, ScalarNode):
                raise YamlError("a key that is no text", key.start_mark.line + 1)
            key.value = _key(key)
    return _through_json(yamltext.value(node, settings=True))


def _mappings(node: Node | None) -> list[MappingNode]:
    """All mappings below a node, each once."""
    found: dict[int, Node] = {}
    pending = [node] if node else []
    while pending:
        current = pending.pop()
        if id(current) not in found:
            found[id(current)] = current
            pending.extend(value for _, _, value in yamltext.pairs(current))
            pending.extend(yamltext.items(current))
    return [each for each in found.values() if isinstance(each, MappingNode)]


def _key(node: ScalarNode) -> str:
    match yamltext.value(node, settings=True):
        case str():
            return str(node.value)
        case None:
            raise YamlError("a key is null", node.start_mark.line + 1)
        case bool(truth):
            return "true" if truth else "false"
        case float(number):
            return f"{number:.8g}"
        case other:
            return str(other)


def _through_json(value: object) -> object:
    match value:
        case dict():
            return {key: _through_json(child) for key, child in value.items()}
        case list():
            return [_through_json(child) for child in value]
        case float() if not math.isfinite(value):
            raise YamlError("a number that JSON does not know")
        case float() if value.is_integer() and abs(value) < 1e21:
            return int(Decimal(repr(value)))
        case int() if abs(value) > 2**53:
            return int(Decimal(repr(float(value))))
    return value
