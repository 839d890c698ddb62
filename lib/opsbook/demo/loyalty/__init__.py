"""Loyalty in the demo shop: referrals, points, tiers, group buys and the accounts of a person."""
