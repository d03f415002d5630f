"""Exchange rates between local money and the plan's."""
