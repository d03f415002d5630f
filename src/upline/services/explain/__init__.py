"""Why a bonus was paid, or why not: read from a run's stored figures and its plan's text."""
