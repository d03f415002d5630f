"""Products: the catalogue, by country, culture and type of customer."""
