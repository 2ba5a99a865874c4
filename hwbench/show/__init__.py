"""Records in; text out."""
