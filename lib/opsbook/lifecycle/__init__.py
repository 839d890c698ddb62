"""Room for the lifecycle methods."""
