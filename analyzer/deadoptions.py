"""A kustomization file → the generator options in it that may do nothing.

`generatorOptions` are for the generators of the same file only. What a generator says itself stays:
its labels and annotations win; a flag is on where either of them says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.dead import Suspect, written
from analyzer.diff import equal
from analyzer.model import Kustomization, Span
from analyzer.yamltext import Node, Text

FIELD = "generatoroptions"
GENERATORS = ("configmapgenerator", "secretgenerator")
_FLAGS = ("disableNameSuffixHash", "immutable")
_MAPS = ("labels", "annotations")


def entries(kustomization: Kustomization, data: bytes | None) -> tuple[Suspect, ...]:
    """The options of a kustomization file that its generators make no use of, as it reads."""
    text = written(kustomization, data)
    return () if text is None else tuple(_File(text, kustomization.root).suspects())


@dataclass(frozen=True, slots=True)
class _Option:
    """A flag, or one label or annotation: `at` is its key."""

    name: str
    value: object
    at: Span


Options = Mapping[str, _Option]


@dataclass(frozen=True, slots=True)
class _File:
    text: Text
    root: str

    def suspects(self) -> Iterator[Suspect]:
        shared, generators = dict[str, _Option](), list[tuple[str, Options]]()
        first = self.text.first
        for name, key, value in yamltext.pairs(first) if first is not None else ():
            if name.casefold() == FIELD:
                where, shared = self.text.span(key), self._options(value)
            elif name.casefold() in GENERATORS:
                generators += [
                    (yamltext.text_of(yamltext.get(one, "name")),
                     self._options(yamltext.get(one, "options")))
                    for one in yamltext.items(value)
                ]  # fmt: skip
        if shared and not generators:
            reason = "no generator is in this kustomization"
            yield Suspect(where, self.root, FIELD, "generatorOptions", reason=reason)
            return
        for option in shared.values():
            yield from self._shared(option, generators)
        for name, own in generators:
            for option in own.values():
                yield from self._own(option, shared.get(option.name), name)

    def _options(self, node: Node | None) -> dict[str, _Option]:
        found: dict[str, _Option] = {}
        for name, key, value in yamltext.pairs(node) if node is not None else ():
            if name in _FLAGS:
                found[name] = _Option(name, yamltext.value(value), self.text.span(key))
            for label, own, each in yamltext.pairs(value) if name in _MAPS else ():
                full = f"{name}.{label}"
                found[full] = _Option(full, yamltext.value(each), self.text.span(own))
        return found

    def _shared(self, option: _Option, generators: list[tuple[str, Options]]) -> Iterator[Suspect]:
        """An option for all that each says itself."""
        own = [options.get(option.name) for _, options in generators]
        flag = option.name in _FLAGS
        if (option.value is True or not flag) and all(
            one is not None and (not flag or one.value is True) for one in own
        ):
            reason = "every generator here says it itself"
            label = f"generatorOptions.{option.name}"
            yield Suspect(option.at, self.root, FIELD, label, reason=reason, finds=True)

    def _own(self, option: _Option, shared: _Option | None, name: str) -> Iterator[Suspect]:
        """An option of one generator that `generatorOptions` makes needless, or overrides."""
        if shared is None:
            return
        if equal(option.value, shared.value) and option.value is not False:
            reason = "generatorOptions says the same"
        elif option.name in _FLAGS and shared.value is True:
            reason = "generatorOptions says true, and that wins"
        else:
            return
        label = f"options.{option.name} of {name}"
        yield Suspect(option.at, self.root, FIELD, label, reason=reason, finds=True)
