"""What a shop's data looks like and how it is opened: contract, sources, checks, definitions."""
