"""What compilers and images have to say, for people."""
