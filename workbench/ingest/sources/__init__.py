"""One file a source format; the file's presence is its registration (see CONTRIBUTING.md)."""
