"""Payment providers: real ones, and the sandbox that stands in for those without credentials."""
