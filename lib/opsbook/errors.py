"""Errors that a user can act on: what is wrong, where, which value, how to fix it."""

from typing import Any

from opsbook.language import t

__all__ = ["CannotTell", "DataError", "OpsbookError", "ParameterError", "RunError"]


class OpsbookError(Exception):
    """A message in the user's language, built from the catalogue when it is shown.

    Args:
        message: English text with ``{name}`` fields; the key into the catalogue.
        **values: What fills the fields.
    """

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return t(self.message, **self.values)

    def _render_traceback_(self) -> list[str]:
        """What IPython prints: the sentence alone, marked as ours for the report engine."""
        return [f"opsbook.{type(self).__name__}: {self}"]


class DataError(OpsbookError):
    """The shop's data is missing, unreadable or breaks the contract."""


class CannotTell(DataError):
    """A method's question has no answer on this shop: something is missing or too little.

    A report shows the sentence in place of the section and goes on.
    """


class ParameterError(OpsbookError):
    """An option or parameter has a wrong name, type or value."""


class RunError(OpsbookError):
    """A report could not be executed or written."""
