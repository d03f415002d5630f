"""Controller Auth."""
