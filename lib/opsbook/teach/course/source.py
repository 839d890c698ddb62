"""What a slot of the course is made of: chapters, cases, page, with links for one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from opsbook.book.figures import Drawn
from opsbook.errors import DataError
from opsbook.language import N_, language
from opsbook.teach.course.cases import Case, read_cases
from opsbook.teach.course.chapters import Chapter, read_chapter
from opsbook.teach.course.plan import Slot
from opsbook.teach.course.shelf import Shelf

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """Where texts come from, in the language in force.

    Args:
        playbook: Folder of the playbook.
        shelf: Pages that the course holds.
        drawn: Figures by chapter; may be empty.
    """

    playbook: Path
    shelf: Shelf
    drawn: Mapping[str, Drawn] = field(default_factory=dict)

    def chapters(self, slot: Slot, file: str) -> list[Chapter]:
        """Chapters of a slot whose links lead from that file to the course's pages."""
        seen = self.shelf.seen_from(file)
        return [
            seen.chapter(read_chapter(self.playbook, name, language())) for name in slot.chapters
        ]

    def cases(self, slot: Slot) -> list[Case]:
        """Cases of a slot.

        Raises:
            DataError: There is no case of that id.
        """
        found = {case.id: case for case in read_cases(self.playbook, language())}
        for wanted in slot.cases:
            if wanted not in found:
                raise DataError(
                    N_('timetable.toml, "{slot}": there is no case {id}; cases are {valid}'),
                    slot=slot.id,
                    id=wanted,
                    valid=", ".join(found),
                )
        return [found[wanted] for wanted in slot.cases]

    def page(self, slot: Slot, file: str) -> str:
        """Page of a talk whose links lead from that file to the course's pages.

        Raises:
            DataError: There is no such page.
        """
        at = self.playbook / f"{slot.page}.{language()}.md"
        try:
            text = at.read_text(encoding="utf-8")
        except OSError:
            raise DataError(
                N_('timetable.toml, "{slot}": there is no page {file}'), slot=slot.id, file=at
            ) from None
        return self.shelf.seen_from(file).linked(text, slot.page)
