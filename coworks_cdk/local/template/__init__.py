"""From a synthesized assembly to the records that are served."""
