"""Members, orders and whole account reports from files: all of a file, or nothing."""
