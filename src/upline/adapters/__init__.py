"""The outside world, one package per kind: what vendors and servers need is known here only."""
