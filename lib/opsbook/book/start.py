"""The first page of the book: the playbook's README, which is in two languages, cut to one."""

import re

from opsbook.book.chapters import has_chinese

__all__ = ["in_one_language", "open_entries"]

_PAIR = " · "


def in_one_language(text: str, lang: str) -> str:
    """Markdown in two languages cut to one.

    A heading or a column's head ``English · 中文`` stands for both; a part whose heading is in
    one language belongs to it, and so does a paragraph or a column.
    """
    out: list[str] = []
    part = ""  # the language of the part one stands in; empty where it is for both
    for block in re.split(r"\n{2,}", text.strip()):
        if block.startswith("#"):
            marks, _, title = block.partition(" ")
            part = "" if _PAIR in title else _language(title)
            if part in ("", lang):
                out.append(f"{marks} {_half(title, lang)}")
        elif part not in ("", lang):
            continue
        elif block.startswith("|"):
            out.append(_table(block, lang))
        elif part or _language(block) == lang:
            out.append(block)
    return "\n\n".join(out) + "\n"


def open_entries(text: str, lang: str) -> dict[str, tuple[str, str]]:
    """Entries that have no chapter yet: what each will answer, and what helps until then.

    Args:
        text: The playbook's README.
        lang: Language of the answers.
    """
    found: dict[str, tuple[str, str]] = {}
    for first, last, *cells in re.findall(
        r"^\| ([A-Z]\d\d)(?:–([A-Z]\d\d))? \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$",
        text,
        re.MULTILINE,
    ):
        english, chinese, until, until_chinese = cells
        for number in range(int(first[1:]), int((last or first)[1:]) + 1):
            said = (chinese, until_chinese) if lang == "zh" else (english, until)
            found[f"{first[0]}{number:02d}"] = said
    return found


def _language(text: str) -> str:
    bare = re.sub(r"[“”][^“”]*[“”]|`[^`]*`|\([^)]*\)", "", text)
    chinese = len(re.findall(r"[\u4e00-\u9fff]", bare))
    return "zh" if chinese * 4 > len(bare) else "en"


def _half(title: str, lang: str) -> str:
    english, found, chinese = title.partition(_PAIR)
    return (chinese if lang == "zh" else english) if found else title


def _table(block: str, lang: str) -> str:
    rows = [[c.strip() for c in row.strip().strip("|").split("|")] for row in block.splitlines()]
    heads = rows[0]
    both = {_PAIR in head for head in heads} == {False, True} or (
        {has_chinese(head) for head in heads} == {False, True}
    )
    keep = [
        n
        for n, head in enumerate(heads)
        if not both or _PAIR in head or has_chinese(head) == (lang == "zh")
    ]
    lines = []
    for number, row in enumerate(rows):
        cells = [row[n] if n < len(row) else "" for n in keep]
        lines.append([_half(c, lang) for c in cells] if number == 0 else cells)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
