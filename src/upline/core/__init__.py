"""Domain-free toolbox; imports nothing of ours."""
