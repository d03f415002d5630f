"""Lists of a member's whole organization, as pages and as downloads."""
