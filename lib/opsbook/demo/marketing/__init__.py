"""Marketing of the demo shop: media, campaigns, tests, contacts, and the market around it."""
