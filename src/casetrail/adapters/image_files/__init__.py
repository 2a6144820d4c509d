"""Still pictures from files, for measurements."""
