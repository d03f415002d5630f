"""The `upline` command: one file per group of commands."""
