"""Points: contests of the plan."""
