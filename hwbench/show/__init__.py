"""Records in; text and pictures out."""
