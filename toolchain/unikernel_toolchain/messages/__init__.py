"""Text for people: errors in three parts, what the operating system refuses, harmless printing."""
