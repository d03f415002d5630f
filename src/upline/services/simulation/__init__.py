"""What would have been paid: inputs of periods with something changed, and results compared."""
