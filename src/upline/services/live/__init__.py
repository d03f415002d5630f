"""The open period kept up to the second: news are folded into the figures of its preview."""
