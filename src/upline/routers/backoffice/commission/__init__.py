"""Commission: statements and how they are paid out."""
