"""Controller Period."""
