"""``python -m opsbook`` is the command line."""

from opsbook.cli import main

main()
