"""Double-entry postings: the only place that writes the ledger."""
