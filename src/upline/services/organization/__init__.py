"""Genealogies: who stands where, who may see whom, and what is shown of a member."""
