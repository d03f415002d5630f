"""The files payouts leave by: text in, bytes out, the same bytes every time."""
