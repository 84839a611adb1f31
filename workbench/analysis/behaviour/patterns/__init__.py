"""One file a pattern: `TITLE`, `SOURCE`, `LIMITATION`, `PARAMETERS` and `find(view, **parameters)`. The file is its
registration."""
