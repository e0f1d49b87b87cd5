"""The notebook: magics, live views."""
