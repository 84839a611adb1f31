//---
// title = "Every data set with its editions: when the last was loaded, what it held, how old it is"
// doc = "A data set is one file of a source over time; counts: of the last run that read it whole. status: how the latest run ended. age_days: since the edition's own date, else since its load."
// params.today = { type = "datetime", optional = true, doc = "counted to this day; without it, today" }
// returns = [
//   "source", "title", "licence", "dataset", "format", "editions", "last_edition", "last_loaded", "age_days", "rows",
//   "loaded", "quarantined", "retracted", "status", "unfinished_runs",
// ]
// maturity = "stable"
//---
MATCH (r:IngestRun)
WHERE r.source_id IS NOT NULL AND (r.status = 'done' OR r.rows_in > 0) OR r.status IN ['interrupted', 'running']
WITH r, coalesce(r.finished_at, r.started_at) AS ended, CASE WHEN r.status = 'done' THEN 0 ELSE 1 END AS unfinished
ORDER BY unfinished, coalesce(r.edition, '') DESC, ended DESC, r.id
WITH r.source_id AS source, coalesce(r.dataset, r.file) AS dataset, collect(r) AS runs,
  sum(unfinished) AS unfinished_runs
WITH source, dataset, runs, unfinished_runs, runs[0] AS last
OPTIONAL MATCH (s:Source {id: source})
CALL (runs) {
  UNWIND runs AS r
  WITH r WHERE r.status = 'done'
  RETURN count(DISTINCT r.input_sha256) AS editions, max(r.edition) AS last_edition
}
CALL (runs) {
  UNWIND runs AS r
  WITH r ORDER BY r.started_at DESC, r.finished_at DESC, r.id LIMIT 1
  RETURN r.status AS status
}
WITH *, coalesce($today, datetime()) AS now, coalesce(last.finished_at, last.started_at) AS last_loaded,
  CASE WHEN last_edition =~ '\\d{4}-\\d{2}-\\d{2}.*' THEN datetime(substring(last_edition, 0, 10)) END AS dated
RETURN source, s.title AS title, s.licence AS licence, dataset, last.format AS format, editions, last_edition,
  last_loaded, duration.inDays(coalesce(dated, last_loaded), now).days AS age_days,
  last.rows_in AS rows, last.loaded AS loaded, last.quarantined AS quarantined, last.retracted AS retracted,
  status, unfinished_runs
ORDER BY source, dataset
