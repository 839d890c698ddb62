"""The playbook as a book: a static site in both languages that needs no network."""

__all__: list[str] = []
