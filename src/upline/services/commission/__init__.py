"""Commission runs, checks and payouts."""
