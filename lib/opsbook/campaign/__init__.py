"""Room for the campaign methods."""
