"""Commission periods: the calendar and the state of each week and month."""
