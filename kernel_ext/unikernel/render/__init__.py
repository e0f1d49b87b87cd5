"""Values shown, as text and as HTML."""
