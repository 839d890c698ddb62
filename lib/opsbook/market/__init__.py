"""Market analysis: what grew, what drove it, which categories, prices and products."""
