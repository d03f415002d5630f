"""Money out: payout methods, batches, files for banks, deposits, tax totals."""
