"""The two API families; each has its own conventions over the same services."""
