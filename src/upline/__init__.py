"""Upline: the back office server for network marketing."""
