"""What benchmarks share: taking turns, the programs that are measured, and what is reported."""
