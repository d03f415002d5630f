"""The commission checks of a member."""
