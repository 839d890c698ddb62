"""The page's one script, and the rule by which a browser runs it and nothing else.

The rule stands in the page itself: nothing may be loaded from anywhere, and only the script
with this very content may run, whatever a product is called.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

__all__ = ["content_policy", "page_script"]


@cache
def page_script() -> str:
    """Sorting, the place in the contents list, and opening what is folded for print."""
    file = Path(__file__).parent / "templates" / "page.js"
    return file.read_text(encoding="utf-8").strip()


@cache
def content_policy() -> str:
    """The content security policy of a page.

    Styles are allowed inline: figures carry theirs, and without loading they can do no harm.
    """
    code = b64encode(sha256(page_script().encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{code}'; base-uri 'none'; form-action 'none'"
    )
