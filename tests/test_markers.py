"""Generated sections: which lines are markers, what is wrong with them, and what stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer import markers
from analyzer.findings import SECTION_MARKER, Finding
from analyzer.markers import Section, harmless
from analyzer.model import Span

KNOWN = ("structure", "environments")
BEGIN, END = "<!-- BEGIN GENERATED: structure -->", "<!-- END GENERATED: structure -->"
PAIR = f"{BEGIN}\n{END}\n"


def inject(text: str, content: str = "NEW") -> str:
    """The file with this content in every section; nothing may be wrong with it."""
    data, findings = markers.inject("README.md", text.encode(), lambda section: content, KNOWN)
    assert findings == ()
    return data.decode()


def problems(text: str) -> list[tuple[str, str]]:
    """What is wrong, as (place, message); the file stays as it is."""
    data = text.encode()
    after, findings = markers.inject("README.md", data, lambda section: "NEW", KNOWN)
    assert after is data
    assert {finding.rule for finding in findings} <= {SECTION_MARKER}
    return [(str(finding.location), finding.message) for finding in findings]


def sections(text: str) -> tuple[Section, ...]:
    found, findings = markers.find("README.md", text.encode())
    assert findings == ()
    return found


# where sections are -----------------------------------------------------------------------------


def test_a_section_knows_its_name_options_and_places() -> None:
    text = "# T\n  <!-- BEGIN GENERATED: structure level=3 env=staging -->\nold\n" + END
    (section,) = sections(text)
    assert section == Section(
        "structure", (("env", "staging"), ("level", "3")),
        Span("README.md", 2, 3, 6, 61), Span("README.md", 3, 1, 62, 66),
    )  # fmt: skip
    assert text[section.body.start : section.body.end] == "old\n"
    assert section.option("level") == "3"
    assert section.option("depth", "9") == "9"


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (BEGIN, END),
        ("   " + BEGIN + " \t", "  " + END + "  "),
        ("<!--BEGIN GENERATED:structure-->", "<!--  END GENERATED:  structure  -->"),
        ("[//]: # (BEGIN GENERATED: structure)", "[//]: # (END GENERATED: structure)"),
        ("[//]:#(BEGIN GENERATED: structure level=2)", "[//]: # (END GENERATED: structure)  "),
        (BEGIN, "[//]: # (END GENERATED: structure)"),
    ],
)
def test_a_section_is_written_in_either_form(begin: str, end: str) -> None:
    assert inject(f"a\n{begin}\nold\n{end}\nb\n") == f"a\n{begin}\n\nNEW\n\n{end}\nb\n"


@pytest.mark.parametrize(
    "text",
    [
        "no markers at all\n",
        f"text {BEGIN}\n",
        f"`{BEGIN}` begins a section\n",
        f"    {BEGIN}\n",
        f"\t{BEGIN}\n",
        f"> {BEGIN}\n",
        "<!-- BEGIN GENERATED CONTENT -->\nof another tool\n<!-- END GENERATED CONTENT -->\n",
        "<!-- begin generated: structure -->\n",
        f"```\n{BEGIN}\n```\n",
        f"```markdown\n{PAIR}```\n",
        f"````\n```\n{BEGIN}\n```\n````\n",
        f"~~~ `info`\n{BEGIN}\n```\n~~~~~~\n",
        f"   ```\n{BEGIN}\n  `````  \n",
        f"```\n{BEGIN}\n    ```\n",
        f"```\n{BEGIN}\n``` not a closing fence\n",
        f"```\n    ```\n{BEGIN}\n",
        f"text\n```\n{BEGIN}\nnever closed\n",
        f"* * *\n   ```\n{BEGIN}\n",
        f"-       code in an item\n\n    ```\n  {BEGIN}\n",
        f"- item\n\n  ```\n  {BEGIN}\n  ```\n",
        f"- ```\n  {BEGIN}\n  ```\n",
        f"1.  ```sh\n    a\n   {BEGIN.replace('<', 'x<')}\n",
    ],
)
def test_what_is_no_marker_is_left_alone(text: str) -> None:
    assert inject(text) == text


@pytest.mark.parametrize(
    "before",
    [
        "``` a`b\n",  # a backtick in the info string: no fence
        "```\ncode\n```\n",
        "~~~\ncode\n~~~ \t\n",
        "    ```\n",  # indented code
        "1. ```sh\n   run\n   ```\n",
        "- ```sh\n  run\n  ```\n",
        "- a\n  - b\n\n    ```sh\n    run\n    ```\n",
        "10. step\n\n    ```sh\n    run\n    ```\n",
        "- ```sh\n  the item ends, and so does its fence\n\n",
        "> ```\n> quoted, never closed\n\n",
        "* * *\n   ```\n   code\n   ```\n",
        "-\t```\n\trun\n\t```\n",
    ],
)
def test_a_section_after_code_is_seen(before: str) -> None:
    assert inject(before + PAIR) == f"{before}{BEGIN}\n\nNEW\n\n{END}\n"


def test_an_indented_section_after_an_unfinished_item_is_seen() -> None:
    text = f"- ```\n  run\n\ntext\n  {BEGIN}\n  {END}\n"
    assert inject(text) == f"- ```\n  run\n\ntext\n  {BEGIN}\n\nNEW\n\n  {END}\n"


# what is wrong ----------------------------------------------------------------------------------

OTHER = "<!-- BEGIN GENERATED: environments -->\n<!-- END GENERATED: environments -->\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{PAIR}\n{PAIR}",
            [("README.md:4", "structure stands twice with the same options; "
              "remove one, or give it other options")],
        ),
        (
            BEGIN,
            [("README.md:1", "structure has no END marker; add "
              "`<!-- END GENERATED: structure -->` or remove it")],
        ),
        (
            f"a\n{END}\n",
            [("README.md:2", "structure has no BEGIN marker; add "
              "`<!-- BEGIN GENERATED: structure -->` or remove it")],
        ),
        (
            f"{BEGIN}\n```\n{END}\n```\n",
            [("README.md:1", "structure has no END marker; add "
              "`<!-- END GENERATED: structure -->` or remove it")],
        ),
        (
            f"{BEGIN}\n{OTHER}{END}\n",
            [("README.md:2", "environments stands inside structure, which replaces it; "
              "move it out")],
        ),
        (
            f"{BEGIN}\n{OTHER}",
            [("README.md:1", "structure has no END marker; add "
              "`<!-- END GENERATED: structure -->` or remove it")],
        ),
        (
            f"{OTHER}{BEGIN}\n{BEGIN}\n{END}\n",
            [("README.md:3", "structure has no END marker; add "
              "`<!-- END GENERATED: structure -->` or remove it")],
        ),
        (
            "<!-- BEGIN GENERATED: tree -->\n<!-- END GENERATED: tree -->\n",
            [("README.md:1", "tree is no section; there are: environments, structure")],
        ),
        (
            f"{BEGIN}{END}\n",
            [("README.md:1", "BEGIN GENERATED is not alone on its line; give the marker its own "
              "line")],
        ),
        (
            f"{BEGIN.removesuffix(' -->')}\n-->\n{END}\n",
            [("README.md:1", "BEGIN GENERATED is not alone on its line; give the marker its own "
              "line")],
        ),
        (
            f"<!-- BEGIN GENERATED: -->\n{PAIR}",
            [("README.md:1", "BEGIN GENERATED names no section; write "
              "`BEGIN GENERATED: structure`")],
        ),
        (
            f"<!-- BEGIN GENERATED: structure 3 -->\n{END}\n",
            [("README.md:1", "structure has an option that is not key=value; "
              "write it as `level=3`")],
        ),
        (
            f"<!-- BEGIN GENERATED: structure level=1 level=2 -->\n{END}\n",
            [("README.md:1", "structure has an option twice; keep one of them")],
        ),
        (
            f"{BEGIN}\n<!-- END GENERATED: structure level=1 -->\n",
            [("README.md:2", "the END of structure has options; write them in its BEGIN marker "
              "only")],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_file_stays(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert problems(text) == expected


def test_every_problem_is_reported_at_once() -> None:
    text = f"{END}\n{OTHER}{OTHER}<!-- BEGIN GENERATED: tree -->\n<!-- END GENERATED: tree -->\n"
    assert [place for place, _ in problems(text)] == ["README.md:1", "README.md:4", "README.md:6"]


def test_a_lone_end_does_not_confuse_the_sections_around_it() -> None:
    inner = f"{OTHER.splitlines()[0]}\n<!-- END GENERATED: tree -->\n{OTHER.splitlines()[1]}\n"
    assert [(place, message.partition(" ")[0]) for place, message in problems(
        f"{BEGIN}\n{inner}{END}\n")] == [("README.md:2", "environments"),
                                        ("README.md:3", "tree")]  # fmt: skip


def test_every_nested_section_is_named() -> None:
    units = OTHER.replace("environments", "units")
    assert [place for place, message in problems(f"{BEGIN}\n{OTHER}{units}{END}\n")
            if "stands inside structure" in message] == ["README.md:2", "README.md:4"]  # fmt: skip


def test_the_same_section_with_other_options_may_stand_twice() -> None:
    with_option = PAIR.replace("structure -->", "structure level=2 -->", 1)
    assert inject(PAIR + with_option).count("NEW") == 2


def test_a_repeated_section_names_the_first_one() -> None:
    _, (finding,) = markers.find("README.md", (PAIR + PAIR).encode())
    assert [str(related.location) for related in finding.related] == ["README.md:1"]


def test_the_order_of_options_makes_no_other_section() -> None:
    one = PAIR.replace("structure -->", "structure a=1 b=2 -->", 1)
    two = PAIR.replace("structure -->", "structure b=2 a=1 -->", 1)
    assert [place for place, _ in problems(one + two)] == ["README.md:3"]


def test_content_may_refuse_a_sections_options() -> None:
    def content(section: Section) -> str | Finding:
        if section.name == "structure":
            return "NEW"
        return Finding(SECTION_MARKER, "no such environment", section.span)

    data = (PAIR + OTHER).encode()
    after, (finding,) = markers.inject("README.md", data, content, KNOWN)
    assert after is data
    assert (str(finding.location), finding.message) == ("README.md:3", "no such environment")


# what content becomes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("NEW", "\nNEW\n\n"),
        ("\n\nNEW\n  \n", "\nNEW\n\n"),
        ("a\n\nb", "\na\n\nb\n\n"),
        ("    indented", "\n    indented\n\n"),
        ("a\r\nb\rc", "\na\nb\nc\n\n"),
        ("", "\n"),
        ("\n \n", "\n"),
        ("grün \udcff", "\ngrün ?\n\n"),
    ],
)
def test_one_blank_line_stands_inside_each_marker(content: str, body: str) -> None:
    assert inject(f"{BEGIN}\nold\n\n\n{END}\n", content) == f"{BEGIN}\n{body}{END}\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (END, "&lt;!-- END GENERATED: structure -->"),
        ("  " + BEGIN, "  &lt;!-- BEGIN GENERATED: structure -->"),
        ("<!-- BEGIN GENERATED:", "&lt;!-- BEGIN GENERATED:"),
        ("[//]: # (END GENERATED: x)", "\\[//]: # (END GENERATED: x)"),
        ("<!-- a comment -->", "<!-- a comment -->"),
        (f"text {END}", f"text {END}"),
        (f"    {END}", f"    {END}"),
        (f"```\n{END}\n```", f"```\n{END}\n```"),
        ("```sh\nrun", "```sh\nrun\n```"),
        ("~~~~\n~~~", "~~~~\n~~~\n~~~~"),
        ("- a\n  ```\n  run", "- a\n  ```\n  run\n  ```"),
        (f"```\n```\n{END}", "```\n```\n&lt;!-- END GENERATED: structure -->"),
    ],
)
def test_content_can_neither_end_its_section_nor_begin_one(content: str, expected: str) -> None:
    assert harmless(content) == expected
    text = inject(PAIR, content)
    assert text == f"{BEGIN}\n\n{expected}\n\n{END}\n"
    assert inject(text, content) == text


def test_content_is_read_the_same_whatever_stands_before_its_section() -> None:
    text = inject(f"- item\n  {BEGIN}\n  {END}\n", "    ```")
    assert text == f"- item\n  {BEGIN}\n\n    ```\n\n  {END}\n"
    assert inject(text, "    ```") == text


# what stays -------------------------------------------------------------------------------------


def test_lines_end_as_the_files_do() -> None:
    text = f"# T\r\n{BEGIN}\r\nold\r\n{END}\r\nrest\r\n"
    assert inject(text, "a\nb") == f"# T\r\n{BEGIN}\r\n\r\na\r\nb\r\n\r\n{END}\r\nrest\r\n"


def test_a_byte_order_mark_stays_and_hides_no_marker() -> None:
    assert inject(f"\ufeff{PAIR}") == f"\ufeff{BEGIN}\n\nNEW\n\n{END}\n"


def test_a_missing_final_newline_stays_missing() -> None:
    assert inject(f"{BEGIN}\n{END}") == f"{BEGIN}\n\nNEW\n\n{END}"


def test_bytes_that_are_no_text_stay() -> None:
    data = b"\xff\xfe\n" + PAIR.encode() + b"\xe9"
    after, findings = markers.inject("README.md", data, lambda section: "NEW", KNOWN)
    assert findings == ()
    assert after == b"\xff\xfe\n" + f"{BEGIN}\n\nNEW\n\n{END}\n".encode() + b"\xe9"


PIECES = [
    "text", "", "  ", "# Title", "```", "```sh", "~~~", "   ~~~~", "    ```", "- item", "- ```",
    "1. one", "   deeper", "> quote", "> ```", "<!-- a", "-->", "\tcode", "\x0c", "grün", "* * *",
    BEGIN, END, "  " + BEGIN, OTHER.split("\n")[0], OTHER.split("\n")[1],
    "<!-- BEGIN GENERATED: structure level=3 -->", "[//]: # (END GENERATED: structure)",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12)
NEWLINES = st.sampled_from(["\n", "\r\n"])


@settings(deadline=None)
@given(st.booleans(), TEXTS, TEXTS, TEXTS, NEWLINES, st.booleans(), TEXTS.map("\n".join))
@example(False, [], ["```"], [], "\n", True, "")
def test_injecting_twice_is_injecting_once_and_nothing_else_changes(
    bom: bool, before: list[str], old: list[str], after: list[str], newline: str, final: bool,
    content: str,
) -> None:  # fmt: skip
    lines = [*before, "", BEGIN, *old, END, *after]
    text = ("\ufeff" if bom else "") + newline.join(lines) + (newline if final else "")
    data = text.encode()
    once, findings = markers.inject("README.md", data, lambda section: content, KNOWN)
    if findings:
        assert once is data
        return
    assert markers.inject("README.md", once, lambda section: content, KNOWN) == (once, ())
    was, now = markers.find("README.md", data)[0], markers.find("README.md", once)[0]
    assert [section.name for section in was] == [section.name for section in now]
    assert outside(data, was) == outside(once, now)
    assert all(newline_of(once, section) == {newline.encode()} for section in now)


def outside(data: bytes, found: tuple[Section, ...]) -> list[bytes]:
    cuts = [0, *(at for section in found for at in (section.body.start, section.body.end)), None]
    return [data[start:end] for start, end in zip(cuts[::2], cuts[1::2], strict=True)]


def newline_of(data: bytes, section: Section) -> set[bytes]:
    return set(re.findall(rb"\r?\n", data[section.body.start : section.body.end]))


@settings(deadline=None)
@given(TEXTS.map("\n".join))
def test_harmless_content_is_harmless(content: str) -> None:
    text = harmless(content)
    assert harmless(text) == text
    assert sections(f"{BEGIN}\n\n{text}\n\n{END}\n")[0].name == "structure"
    assert len(sections(f"{BEGIN}\n\n{text}\n\n{END}\n")) == 1


# init -------------------------------------------------------------------------------------------

NEW_STRUCTURE = f"## Structure\n\n{BEGIN}\n\n{END}\n"


def init(text: str, *names: str) -> str:
    return markers.init("README.md", text.encode(), names).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", NEW_STRUCTURE),
        ("\ufeff", "\ufeff" + NEW_STRUCTURE),
        ("# Title\n", "# Title\n\n" + NEW_STRUCTURE),
        ("# Title\n\n", "# Title\n\n" + NEW_STRUCTURE),
        ("# Title", "# Title\n\n" + NEW_STRUCTURE.removesuffix("\n")),
        ("# Title\r\n", ("# Title\n\n" + NEW_STRUCTURE).replace("\n", "\r\n")),
        ("```sh\nrun\n", "```sh\nrun\n```\n\n" + NEW_STRUCTURE),
        ("```sh\nrun\n\n", "```sh\nrun\n\n```\n\n" + NEW_STRUCTURE),
        (f"```\n{PAIR}```\n", f"```\n{PAIR}```\n\n" + NEW_STRUCTURE),
    ],
)
def test_init_appends_a_section_under_its_own_heading(text: str, expected: str) -> None:
    assert init(text, "structure") == expected
    assert init(expected, "structure") == expected


@pytest.mark.parametrize("text", [PAIR, BEGIN, END, PAIR.replace("structure", "structure a=1", 1)])
def test_init_appends_no_section_that_is_there_even_broken(text: str) -> None:
    assert init(text, "structure") == text


def test_init_appends_several_in_the_order_given_and_only_what_is_missing() -> None:
    assert init(PAIR, "depends-on", "structure", "depends-on", "units") == (
        f"{PAIR}\n"
        "## Depends on\n\n<!-- BEGIN GENERATED: depends-on -->\n\n"
        "<!-- END GENERATED: depends-on -->\n\n"
        "## Units\n\n<!-- BEGIN GENERATED: units -->\n\n<!-- END GENERATED: units -->\n"
    )


@settings(deadline=None)
@given(TEXTS, NEWLINES, st.booleans())
def test_init_twice_is_init_once_and_only_appends(
    lines: list[str], newline: str, final: bool
) -> None:
    text = newline.join(lines) + (newline if final else "")
    once = init(text, "structure", "units")
    assert once.startswith(text)
    assert init(once, "structure", "units") == once
    if "GENERATED" not in text:
        assert [section.name for section in sections(once)] == ["structure", "units"]
        assert inject_any(once) == inject_any(inject_any(once))


def inject_any(text: str) -> str:
    data, findings = markers.inject("R", text.encode(), lambda section: "", ("structure", "units"))
    assert findings == ()
    return data.decode()
