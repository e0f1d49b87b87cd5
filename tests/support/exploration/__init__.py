"""What tests of sweeps share."""
