"""The auditor: invariants checked in SQL alone, independent of the code that wrote the data."""
