"""Docs say what the code does (R33)."""

import re
from pathlib import Path

import pytest

from core import errors, words
from core.settings import Settings
from etl import __main__ as cli
from etl import profile
from scripts import reason_codes

ROOT = Path(__file__).resolve().parent.parent
DOCS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md"), *ROOT.glob("tests/**/*.md")]


def test_every_setting_stands_in_its_table() -> None:
    table = (ROOT / "docs" / "pengaturan.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"| `PANTAU_{name.upper()}` |" in table
        assert str(field.description) in table
    assert table.count("| `PANTAU_") == len(Settings.model_fields)


def test_every_command_and_exit_code_stands_in_its_table() -> None:
    text = (ROOT / "docs" / "etl.md").read_text()
    assert re.findall(r"^\| `(\w+)[ `]", text, re.M) == list(cli._COMMANDS)
    codes = {c.exit_code for c in errors.PantauError.__subclasses__()} | {0, 1}
    assert {int(n) for n in re.findall(r"^\| (\d) \|", text, re.M)} == codes


@pytest.mark.parametrize("path", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_and_names_lead_somewhere(path: Path) -> None:
    text = path.read_text()
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (path.parent / link).exists(), link
    for name in re.findall(r"(?<!\[)`((?:core|etl|ui|tests|docs|data|bench|queries)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def test_every_reason_code_stands_in_its_page() -> None:
    """`python -m scripts.reason_codes` writes it; each code has its sentence and what to do, in both languages."""
    assert reason_codes.PAGE.read_text("utf-8") == reason_codes.page()
    for key in words.catalogue():
        if key.startswith(("refused.", "reject.", "warning.")):
            assert f"advice.{key}" in words.catalogue()
            assert reason_codes.page().count(f"| `{key}` |") == 2


def test_each_shipped_profile_is_documented_and_loads(here: Settings) -> None:
    text = (ROOT / "docs" / "muat-log-sendiri.md").read_text()
    for name in profile.shipped():
        assert f"| `{name}` |" in text
        assert profile.load(name, here).name == name


def test_every_key_of_a_profile_is_documented() -> None:
    text = (ROOT / "docs" / "muat-log-sendiri.md").read_text()
    parts = {"file": profile.FileForm, "time": profile.TimeForm, "": profile.Profile}
    for table, part in parts.items():
        for key in part.model_fields:
            name = f"[{table}] {key}" if table else f"[{key}]" if key in ("columns", "constants") else key
            assert f"`{name}`" in text or f"`[{key}.event]`" in text or key in parts, name


def test_readme_opens_with_a_picture_and_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    commands = re.search(r"```sh\n(.*?)```", text, re.S)
    assert commands is not None
    assert re.findall(r"^make (\w+)", commands.group(1), re.M) == ["run", "test"]
    assert text.index("![") < text.index("```sh")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    assert {"run", "test", "test-long", "bench", "check", "help"} <= set(targets)


def test_each_requirement_has_its_reason_and_its_pin() -> None:
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.M))
    pinned = {name.lower().replace("_", "-"): version for name, version in pinned.items()}
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                found = re.fullmatch(r"([\w.-]+)==(\S+)\s+# .{6,}", line)
                assert found, line
                assert pinned[found.group(1).lower().replace("_", "-")] == found.group(2), line


def test_each_server_option_has_its_reason() -> None:
    for line in (ROOT / ".streamlit" / "config.toml").read_text().split("[theme]")[0].splitlines():
        if "=" in line and not line.startswith("#"):
            assert re.search(r"#.{10,}", line), line


def test_the_example_profile_in_the_docs_is_the_one_that_ships() -> None:
    import tomllib

    text = (ROOT / "docs" / "muat-log-sendiri.md").read_text()
    block = re.search(r"```toml\n(.*?)```", text, re.S)
    assert block is not None
    shipped = tomllib.loads((ROOT / "docs" / "examples" / "short_stay" / "profile.toml").read_text())
    said = tomllib.loads(block.group(1))
    assert {k: shipped[k] for k in said} == said
