"""What crosses domains inside one transaction."""
