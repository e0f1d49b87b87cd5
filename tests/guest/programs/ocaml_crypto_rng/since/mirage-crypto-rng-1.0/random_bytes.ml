let to_string bytes = bytes
