"""The script, highlighted by a lexer from a fixed map, or plain where that would be slow or wrong."""

from __future__ import annotations

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import (
    BashLexer,
    JavascriptLexer,
    MySqlLexer,
    PostgresLexer,
    PythonLexer,
    RubyLexer,
    SqlLexer,
    TransactSqlLexer,
)

from sessions_ui.eventlog.visible import pieces
from sessions_ui.pages.shapes import ScriptShape
from sessions_ui.pages.words import size
from sessions_ui.session import Session

#: Highlighting makes 10 to 20 times the input, and some lexers take a second a megabyte.
MAX_HIGHLIGHT_BYTES = 64 * 1024
MAX_SHOWN_BYTES = 512 * 1024
_FORMATTER = HtmlFormatter(nowrap=True, classprefix="p-")

# Never `console`: one long word keeps it busy for ever.
_LEXERS = {
    "postgres": (PostgresLexer, "SQL, Postgres"),
    "mysql": (MySqlLexer, "SQL, MySQL"),
    "mssql": (TransactSqlLexer, "SQL, SQL Server"),
    "oracledb": (SqlLexer, "SQL, Oracle"),
    "database": (SqlLexer, "SQL"),
    "mongodb": (JavascriptLexer, "JavaScript, MongoDB"),
    "nodejs": (JavascriptLexer, "JavaScript"),
    "python": (PythonLexer, "Python"),
    "ruby-on-rails": (RubyLexer, "Ruby"),
    "bash": (BashLexer, "Shell"),
    "custom": (BashLexer, "Shell"),
    "command-line": (BashLexer, "Shell"),
}


def script_shape(session: Session) -> ScriptShape | None:
    """None when the session has no script."""
    text = session.script
    if not text:
        if session.script_size and session.verb == "exec":
            return ScriptShape(
                SafeString(""), size(session.script_size), "", "It is too large to be loaded here."
            )
        if session.verb == "exec" and session.script_size == 0:
            return ScriptShape(SafeString(""), size(0), "", "hoop holds no script of it.")
        return None
    weight = len(text.encode("utf-8", "surrogatepass"))
    lexer, language = _LEXERS.get(session.subtype.lower()) or _LEXERS.get(session.type) or (None, "")
    if weight > MAX_SHOWN_BYTES:
        return ScriptShape(
            _plain(text[:MAX_SHOWN_BYTES]),
            size(weight),
            language,
            f"Only its first {size(MAX_SHOWN_BYTES)} are shown.",
        )
    if lexer is None or weight > MAX_HIGHLIGHT_BYTES:
        note = "Too long to be highlighted." if lexer else ""
        return ScriptShape(_plain(text), size(weight), language, note)
    return ScriptShape(_highlighted(_harmless(text), lexer()), size(weight), language)


def _plain(text: str) -> SafeString:
    return escape(_harmless(text))


def _highlighted(text: str, lexer: Lexer) -> SafeString:
    # Pygments escapes every token; only its own spans are markup.
    return mark_safe(highlight(text, lexer, _FORMATTER))


def _harmless(text: str) -> str:
    """Characters that hide or turn text around are named: a script is evidence, and can lie."""
    return "\n".join(_visible(line) for line in text.replace("\r\n", "\n").split("\n"))


def _visible(line: str) -> str:
    return "".join(plain or f"⟨{name or data}⟩" for plain, name, data in pieces(line))
