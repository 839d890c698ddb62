"""Published reference figures and calendars."""
