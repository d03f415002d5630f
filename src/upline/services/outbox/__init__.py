"""Messages that leave after the commit of what they speak of."""
