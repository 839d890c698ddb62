"""Room for the supply methods."""
