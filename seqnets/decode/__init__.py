"""From scores to output: pure functions of logits."""
