"""Tables only, one file per aggregate; relations are looked up by services, never lazily."""
