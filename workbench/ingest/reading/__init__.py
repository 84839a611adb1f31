"""Opens files and takes them apart: compression, encodings, tables, JSON, YAML, XML, Parquet; not what they mean."""
