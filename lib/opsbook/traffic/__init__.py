"""Room for the traffic methods."""
