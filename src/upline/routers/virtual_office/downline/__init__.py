"""The downline of a member."""
