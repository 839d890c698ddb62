"""A two-day course from the playbook: slides, notebooks, handouts and data for one class."""

from opsbook.teach.course.build import build_course, course_files

__all__ = ["build_course", "course_files"]
