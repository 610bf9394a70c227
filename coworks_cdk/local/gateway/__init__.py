"""What API Gateway does with one request."""
