"""Tell which encoding a text file is in, and where it is no text at all."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from opsbook.errors import DataError
from opsbook.language import N_

__all__ = ["CHUNK", "find_encoding", "texts"]

CHUNK = 1 << 20
"""Bytes read at a time."""
_NOT_A_TABLE = N_(
    "{file} is not a table: line {line} holds bytes that no text has. "
    "Export the data as CSV (UTF-8)"
)


def texts(path: Path, encoding: str, mark: int) -> Iterator[str]:
    """The whole file decoded, piece by piece."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        stream.seek(mark)
        while chunk := stream.read(CHUNK):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def find_encoding(path: Path, head: bytes, asked: str) -> tuple[str, int]:
    """Name of the encoding and length of the byte order mark.

    Args:
        path: The file.
        head: Its first bytes.
        asked: Encoding that ``shop.toml`` gives; else UTF-8, UTF-16 and GB18030 are tried.

    Raises:
        DataError: It is no text in the encoding, or in any of those.
    """
    if head.startswith(codecs.BOM_UTF8):
        found, mark = "utf-8", 3
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found, mark = ("utf-16-le" if head.startswith(b"\xff") else "utf-16-be"), 2
    elif asked:
        found, mark = codecs.lookup(asked).name, 0
    else:
        start, mark = head[:4096], 0
        if start[1::2].count(0) > len(start) // 4:
            found = "utf-16-le"
        elif start[0::2].count(0) > len(start) // 4:
            found = "utf-16-be"
        else:
            found = "gb18030" if _faulty_line(path, "utf-8", 0) else "utf-8"
    line = _faulty_line(path, found, mark)
    if not line and found == "gb18030" and not asked:
        line = _western_line(head)
    if not line:
        return found, mark
    if found == "gb18030" and not asked and _is_text(head):
        raise DataError(
            N_(
                "{file} line {line}: the text is neither UTF-8 nor GB18030. Save the file as "
                'UTF-8, or name its encoding in shop.toml: encoding = "cp1252"'
            ),
            file=path.name,
            line=line,
        )
    if _is_text(head) and found != "gb18030":
        raise DataError(
            N_("{file} line {line}: the text is not {encoding}; save the file as UTF-8"),
            file=path.name,
            line=line,
            encoding=found,
        )
    raise DataError(_NOT_A_TABLE, file=path.name, line=line)


def _western_line(head: bytes) -> int:
    """The first line that GB18030 makes Chinese of and that is not; 0 if it fits.

    Köln in a Western encoding is valid GB18030: one Chinese sign between two letters. Real
    Chinese stands together.
    """
    text = head.decode("gb18030", errors="ignore")
    lone = list(re.finditer(r"(?<=[A-Za-z])[^\x00-\x7f](?=[A-Za-z])", text))
    signs = sum(sign > "\x7f" for sign in text)
    return text[: lone[0].start()].count("\n") + 1 if len(lone) * 2 > signs else 0


def _is_text(head: bytes) -> bool:
    control = sum(head.count(bytes([b])) for b in range(32) if b not in (9, 10, 11, 12, 13))
    return control == 0


def _faulty_line(path: Path, encoding: str, mark: int) -> int:
    """The first line that is not text in an encoding, a NUL included; 0 if all is well."""
    line = 1
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        stream.seek(mark)
        while True:
            chunk = stream.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                good = fault.object[: fault.start].partition(b"\0")[0]
                return line + good.count(b"\n")
            if "\0" in text:
                return line + text[: text.index("\0")].count("\n")
            line += text.count("\n")
            if not chunk:
                return 0
