"""Values of explorations: axes, points, and what a sweep found."""
