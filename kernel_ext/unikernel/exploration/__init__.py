"""Many measurements of one question: settings swept, here or on the workers of a cluster."""
