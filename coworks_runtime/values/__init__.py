"""The values of a request: an entry's parameters, and what converts and checks them."""
