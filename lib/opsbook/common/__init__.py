"""Methods that two rooms need: effects, shares, demand behind stock-outs, returns to come."""
