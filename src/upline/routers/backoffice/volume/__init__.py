"""Volume: what members and their organizations bought, period by period."""
