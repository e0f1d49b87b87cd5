"""An image for a server: the files that start it there, without this program."""
