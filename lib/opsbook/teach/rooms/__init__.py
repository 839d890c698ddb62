"""Exercises of each room: at least five, each solvable from the chapter it names."""
