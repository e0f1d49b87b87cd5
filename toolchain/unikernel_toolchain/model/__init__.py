"""Values of a build: what was asked, what will be done, what came out."""
