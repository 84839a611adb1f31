//---
// title = "Every reading of a file, the latest first, with its accounting"
// returns = [
//   "run", "file", "format", "source", "status", "started_at", "finished_at", "rows_in", "loaded",
//   "quarantined", "duplicates", "retracted", "warnings", "code_version", "input_sha256",
// ]
// maturity = "stable"
//---
MATCH (r:IngestRun)
RETURN r.id AS run, r.file AS file, r.format AS format, r.source_id AS source, r.status AS status,
  r.started_at AS started_at, r.finished_at AS finished_at, r.rows_in AS rows_in, r.loaded AS loaded,
  r.quarantined AS quarantined, r.duplicates AS duplicates, r.retracted AS retracted, r.warnings AS warnings,
  r.code_version AS code_version, r.input_sha256 AS input_sha256
ORDER BY started_at DESC, run
