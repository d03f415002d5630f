"""The Virtual Office API: its wire, its errors, its identity, and a package per controller."""
