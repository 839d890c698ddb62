"""Room for the team methods."""
