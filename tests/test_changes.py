"""Changes as values: digests, edits by position, and diffs that git itself can apply."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.changes import Edit, FileChange, apply_edits, digest, unified_diff


def change(before: bytes | None, after: bytes | None, path: str = "a.yaml") -> FileChange:
    return FileChange(path, None if before is None else digest(before), after)


def diff(before: bytes | None, after: bytes | None, path: str = "a.yaml") -> str:
    return unified_diff(change(before, after, path), before)


# FileChange -------------------------------------------------------------------------------------


def test_a_digest_is_sha256_in_hexadecimal() -> None:
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_change_is_a_value() -> None:
    assert change(b"a", b"b") == change(b"a", b"b")
    assert len({change(b"a", b"b"), change(b"a", b"b")}) == 1


@pytest.mark.parametrize(
    ("before", "after", "moved_from"),
    [(None, None, None), (None, b"x", "old"), (None, None, "old"), ("d", b"x", "a")],
)
def test_a_change_of_nothing_cannot_be_made(
    before: str | None, after: bytes | None, moved_from: str | None
) -> None:
    with pytest.raises(ValueError, match=r"^a: "):
        FileChange("a", before, after, moved_from=moved_from)


# edits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], b"0123456789"),
        ([Edit(2, 4, b"ab")], b"01ab456789"),
        ([Edit(8, 10, b""), Edit(0, 1, b"long")], b"long1234567"),
        ([Edit(2, 4, b"x"), Edit(4, 6, b"y")], b"01xy6789"),
        ([Edit(5, 5, b"a"), Edit(5, 5, b"b")], b"01234ab56789"),
        ([Edit(5, 7, b"X"), Edit(5, 5, b"before ")], b"01234before X789"),
        ([Edit(7, 7, b" after"), Edit(5, 7, b"X")], b"01234X after789"),
        ([Edit(10, 10, b"!")], b"0123456789!"),
        ([Edit(0, 10, b"")], b""),
    ],
)
def test_edits_replace_exactly_their_bytes(edits: list[Edit], expected: bytes) -> None:
    assert apply_edits(b"0123456789", edits) == expected


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([Edit(2, 5, b""), Edit(4, 6, b"")], "edit 4-6 overlaps one that ends at 5"),
        ([Edit(2, 5, b""), Edit(3, 3, b"x")], "edit 3-3 overlaps one that ends at 5"),
        ([Edit(2, 5, b"x"), Edit(2, 5, b"x")], "edit 2-5 overlaps one that ends at 5"),
        ([Edit(2, 11, b"")], "edit 2-11 leaves the 10 bytes"),
        ([Edit(-1, 2, b"")], "edit -1-2 leaves the 10 bytes"),
        ([Edit(5, 4, b"")], "edit 5-4 leaves the 10 bytes"),
    ],
)
def test_edits_that_contradict_are_refused(edits: list[Edit], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        apply_edits(b"0123456789", edits)


@settings(deadline=None)
@given(st.binary(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.binary(max_size=5))))
def test_insertions_keep_every_byte_and_the_order(
    data: bytes, insertions: list[tuple[int, bytes]]
) -> None:
    edits = [Edit(min(at, len(data)), min(at, len(data)), text) for at, text in insertions]
    expected = data
    for at in range(len(data), -1, -1):
        here = b"".join(edit.replacement for edit in edits if edit.start == at)
        expected = expected[:at] + here + expected[at:]
    assert apply_edits(data, edits) == expected


# diffs ------------------------------------------------------------------------------------------


def test_a_diff_reads_as_gits_does() -> None:
    assert diff(b"one\ntwo\nthree\n", b"one\n2\nthree\n") == (
        "diff --git a/a.yaml b/a.yaml\n"
        "--- a/a.yaml\n"
        "+++ b/a.yaml\n"
        "@@ -1,3 +1,3 @@\n"
        " one\n"
        "-two\n"
        "+2\n"
        " three\n"
    )


def test_a_new_file_comes_from_dev_null() -> None:
    assert diff(None, b"one\n") == (
        "diff --git a/a.yaml b/a.yaml\n"
        "new file mode 100644\n"
        "--- /dev/null\n"
        "+++ b/a.yaml\n"
        "@@ -0,0 +1 @@\n"
        "+one\n"
    )


def test_a_new_file_that_may_run_says_so() -> None:
    made = FileChange("run", None, b"", mode=0o755)
    assert unified_diff(made, None) == "diff --git a/run b/run\nnew file mode 100755\n"


def test_a_removed_file_goes_to_dev_null() -> None:
    assert diff(b"one\n", None) == (
        "diff --git a/a.yaml b/a.yaml\n"
        "deleted file mode 100644\n"
        "--- a/a.yaml\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-one\n"
    )


def test_a_missing_final_newline_is_marked_on_the_side_that_misses_it() -> None:
    assert diff(b"one", b"one\n").splitlines()[3:] == [
        "@@ -1 +1 @@", "-one", "\\ No newline at end of file", "+one",
    ]  # fmt: skip


def test_a_move_shows_no_content_it_does_not_change() -> None:
    moved = FileChange("b/x.yaml", digest(b"secret\n"), None, moved_from="a/x.yaml")
    assert unified_diff(moved, b"secret\n") == (
        "diff --git a/a/x.yaml b/b/x.yaml\nrename from a/x.yaml\nrename to b/x.yaml\n"
    )


def test_a_move_with_an_edit_shows_both() -> None:
    moved = FileChange("b", digest(b"1\n"), b"2\n", moved_from="a")
    assert unified_diff(moved, b"1\n") == (
        "diff --git a/a b/b\nrename from a\nrename to b\n--- a/a\n+++ b/b\n@@ -1 +1 @@\n-1\n+2\n"
    )


@pytest.mark.parametrize("after", [b"\xff\xfe", b"text\0"])
def test_what_is_no_utf8_text_is_binary(after: bytes) -> None:
    assert diff(b"text\n", after).splitlines()[1:] == ["Binary files a/a.yaml and b/a.yaml differ"]
    assert diff(None, after).splitlines()[2:] == ["Binary files /dev/null and b/a.yaml differ"]


def test_equal_bytes_have_no_diff() -> None:
    assert diff(b"same\n", b"same\n") == ""


def test_only_a_line_feed_ends_a_line() -> None:
    text = "a\x0cb\x85c\u2028d\r\n"
    assert diff(None, text.encode()).endswith(f"@@ -0,0 +1 @@\n+{text}")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a b", "+++ b/a b\t\n"),
        ('q"', '+++ "b/q\\""\n'),
        ('a "b', '+++ "b/a \\"b"\n'),
        ("new\nline", '+++ "b/new\\012line"\n'),
        ("\x1b[31m", '+++ "b/\\033[31m"\n'),
        ("back\\slash", '+++ "b/back\\\\slash"\n'),
        ("\udcff", '+++ "b/\\377"\n'),
        ("grün", "+++ b/grün\n"),
    ],
)
def test_a_name_cannot_break_the_line(path: str, line: str) -> None:
    assert line in diff(None, b"x\n", path).splitlines(keepends=True)


LINES = st.lists(st.sampled_from(["a", "b", "c\r", "", "\x0c", "grün", "-- ", "\\"]), max_size=12)
BYTES = st.builds(lambda lines, end: ("\n".join(lines) + end).encode(), LINES,
                  st.sampled_from(["", "\n"]))  # fmt: skip


def git_apply(directory: Path, patch: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "GIT_CONFIG_NOSYSTEM": "1",
                   "GIT_CEILING_DIRECTORIES": str(directory.parent)}  # fmt: skip
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=directory, env=environment,
                   input=patch.encode(), check=True, capture_output=True)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=st.none() | BYTES, after=st.none() | BYTES)
def test_git_applies_the_diff_to_the_exact_bytes(
    tmp_path: Path, before: bytes | None, after: bytes | None
) -> None:
    path = tmp_path / "a b.yaml"
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_bytes(before)
    elif after is None:
        return
    patch = diff(before, after, path.name)
    if patch:
        git_apply(tmp_path, patch)
    assert (path.read_bytes() if path.exists() else None) == after


def test_git_applies_a_move_and_a_strange_name(tmp_path: Path) -> None:
    (tmp_path / 'o"ld').write_bytes(b"1\n2\n")
    moved = FileChange("dir/né\tw", digest(b"1\n2\n"), b"1\n3\n", moved_from='o"ld')
    git_apply(tmp_path, unified_diff(moved, b"1\n2\n"))
    assert (tmp_path / "dir/né\tw").read_bytes() == b"1\n3\n"
    assert not (tmp_path / 'o"ld').exists()
