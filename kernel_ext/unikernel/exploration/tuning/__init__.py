"""The best of many settings, found with few measurements: Optuna says what to measure next."""
