"""Who may call: API clients, logins, tokens."""
