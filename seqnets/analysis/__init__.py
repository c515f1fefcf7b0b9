"""Analysis of recurrent networks: Jacobians, gradients through time, gates."""
