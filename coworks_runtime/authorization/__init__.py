"""Who may call an entry: the decision, the policy that tells it to API Gateway, the secret."""
