"""The door of proving: what a domain publishes is asked for and judged, before mail goes out."""
