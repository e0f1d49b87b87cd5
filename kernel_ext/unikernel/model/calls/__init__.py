"""What callers from Python give: checked, and put into words."""
