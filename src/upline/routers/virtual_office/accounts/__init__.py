"""Logging in and the own profile."""
