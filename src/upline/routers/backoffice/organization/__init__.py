"""Organization: genealogies, downlines and what stands in them."""
