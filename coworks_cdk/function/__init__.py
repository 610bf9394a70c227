"""The function that is a service: its role, its declaration, and the alias that is called."""
