"""What services need from the outside world, as protocols; adapters provide it."""
