"""Roll-ups: what organizations add up to, by block of members in tree order."""
