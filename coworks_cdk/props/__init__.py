"""What a prop of the construct is: its kind, its default, its check."""
