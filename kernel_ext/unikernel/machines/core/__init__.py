"""What every machine has in common, whoever runs it and whatever carries it."""
