"""What is kept between builds: the cache, and whether it is still what was put there."""
