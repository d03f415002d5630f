"""A company to try everything on: members, trees, orders and paid months, all made up."""
