"""Ranks that administrators give."""
