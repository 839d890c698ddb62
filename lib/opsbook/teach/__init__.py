"""Exercises that check themselves on a class's own shop, without a server."""

from opsbook.teach.checking import Verdict, check
from opsbook.teach.classroom import Class, make_class, open_class
from opsbook.teach.exercise import Exercise, exercise, exercises
from opsbook.teach.records import Progress, progress
from opsbook.teach.shown import given, question

__all__ = [
    "Class",
    "Exercise",
    "Progress",
    "Verdict",
    "check",
    "exercise",
    "exercises",
    "given",
    "make_class",
    "open_class",
    "progress",
    "question",
]
