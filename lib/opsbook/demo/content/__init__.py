"""Content in the demo shop: live streams and their creators, community groups, pictures."""
