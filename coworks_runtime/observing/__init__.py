"""What is known of a call while it is answered, for logs, metrics and traces."""
