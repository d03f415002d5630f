"""Contests of the plan: points, standings, the best of an organization."""
