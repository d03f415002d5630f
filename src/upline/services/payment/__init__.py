"""How members pay: methods in a provider's vault, and checkouts on their way there."""
