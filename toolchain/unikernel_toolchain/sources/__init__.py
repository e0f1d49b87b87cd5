"""Source texts: from the files that a person names to what is compiled."""
