"""Reports over a member's organization: JSON pages and CSV downloads."""
