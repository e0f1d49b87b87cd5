"""What callers from Python and commands give: checked, put into words, and files to write."""
