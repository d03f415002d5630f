"""Use cases over the models: no HTTP, no wire names, no commit."""
