"""One look for every figure, table and key figure."""
