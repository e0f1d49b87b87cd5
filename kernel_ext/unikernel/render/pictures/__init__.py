"""Pictures that are drawn here, as SVG."""
