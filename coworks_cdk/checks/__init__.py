"""What AWS refuses, found at synth and told in one error."""
