"""Laws of the house that no single module can keep."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = {
    str(path.relative_to(ROOT / "templates")): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*.html"))
}
PAGES = [name for name in TEMPLATES if not Path(name).name.startswith("_")]
FRAGMENTS = [name for name in TEMPLATES if Path(name).name.startswith("_")]


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_compiles_every_template(name: str) -> None:
    assert get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_it_gives_every_page_a_title(name: str) -> None:
    text = TEMPLATES[name]
    if name == "base.html" or "{% extends" not in text:
        assert re.search(r"<title>.*\S.*</title>", text)
    else:
        assert re.search(r"{% block title %}\s*\S.*{% endblock", text)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_it_lets_no_fragment_extend(name: str) -> None:
    assert "{% extends" not in TEMPLATES[name]


def broken_markup(text: str) -> list[str]:
    """What a strict CSP would stop, or htmx without eval would do wrongly."""
    laws = {
        "inline script": r"<script(?![^>]*\bsrc=)",
        "inline style": r"<style\b|\sstyle\s*=",
        "event attribute": r"<[^>{]*\son[a-z]+\s*=",
        "hx-on": r"\bhx-on",
        "filter in a trigger": r"hx-trigger\s*=\s*[\"'][^\"']*\[",
        "evaluated value": r"[\"'](?:js|javascript):",
        "unescaped text": r"\|\s*safe\b|{%\s*autoescape\s+off|{%\s*filter\s+safe",
    }
    return [name for name, pattern in laws.items() if re.search(pattern, text, re.IGNORECASE)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_keeps_scripts_and_styles_out_of_templates(name: str) -> None:
    assert broken_markup(TEMPLATES[name]) == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>go()</script>",
        "<style>p {}</style>",
        '<p style="color: red">',
        '<p onclick="go()">',
        '<p hx-on:click="go()">',
        '<p hx-trigger="click[ctrlKey]">',
        "<p hx-vals='js:{a: 1}'>",
        "{{ text|safe }}",
        "{% autoescape off %}",
    ],
)
def test_it_notices_broken_markup(text: str) -> None:
    assert broken_markup(text) != []


def test_it_finds_every_swap_target() -> None:
    everything = "\n".join(TEMPLATES.values())
    # The pager is given its target by the fragment that includes it.
    targets = set(re.findall(r'(?:hx-target="#|(?<!-)\btarget=")([^"{]+)"', everything))
    ids = set(re.findall(r'\sid="([^"]+)"', everything))
    assert targets, "the pages swap nothing, so this law is idle"
    assert targets <= ids


def names_read_by_settings() -> set[str]:
    tree = ast.parse((ROOT / "hoopviewer/settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_it_lists_every_variable_in_the_example() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)) == names_read_by_settings()


def test_it_documents_every_variable() -> None:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)) == names_read_by_settings()


def test_it_reads_the_environment_in_the_settings_only() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for top in ("sessions_ui", "hoopviewer")
        for path in sorted((ROOT / top).rglob("*.py"))
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text(encoding="utf-8"))
        # The stand-in is a program of its own, of no use to a deployment.
        and "standin" not in path.parts
    ]
    # The one that empties the environment for the demo, the one that adds what a file says, the settings, and
    # the one that names them.
    names = ("bootstrap", "env_file", "settings", "wsgi")
    assert readers == [f"hoopviewer/{name}.py" for name in names]


def test_it_names_no_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    hosts = [b"pypi." + b"org", b"pythonhosted." + b"org", b"npmjs." + b"org", b"--index" + b"-url"]
    files = {ROOT / name.decode() for name in listed.stdout.split(b"\0") if name}
    texts = {str(path): path.read_bytes() for path in files if path.is_file()}
    assert texts
    assert [name for name, text in texts.items() if any(host in text for host in hosts)] == []


def test_it_locks_every_package_with_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        packages = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE | re.IGNORECASE)
        hashed = re.findall(r"^[a-z0-9].*==.*\\\n    --hash=sha256:", text, re.MULTILINE | re.IGNORECASE)
        assert len(packages) == len(hashed) > 20


def test_it_escapes_by_default() -> None:
    assert engines["django"].engine.autoescape
