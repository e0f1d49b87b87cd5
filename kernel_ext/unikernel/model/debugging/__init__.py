"""What is seen of a machine that is looked into: samples, profiles, packets."""
