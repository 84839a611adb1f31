//---
// title = "Every data set with its editions: when the last was loaded, what it held, how old it is"
// doc = "A data set is one file of a source over time. age_days counts from the edition's own date where the file gives one, else from the day it was loaded."
// params.today = { type = "datetime", optional = true, doc = "counted to this day; without it, today" }
// returns = [
//   "source", "title", "licence", "dataset", "format", "editions", "last_edition", "last_loaded", "age_days", "rows",
//   "loaded", "quarantined", "retracted",
// ]
// maturity = "stable"
//---
MATCH (r:IngestRun {status: 'done'})
WHERE r.source_id IS NOT NULL
WITH r ORDER BY coalesce(r.edition, '') DESC, r.finished_at DESC, r.id
WITH r.source_id AS source, coalesce(r.dataset, r.file) AS dataset, collect(r) AS runs
WITH source, dataset, runs, runs[0] AS last
OPTIONAL MATCH (s:Source {id: source})
CALL (runs) {
  UNWIND runs AS r
  RETURN count(DISTINCT r.input_sha256) AS editions, max(r.edition) AS last_edition
}
WITH *, coalesce($today, datetime()) AS now,
  CASE WHEN last_edition =~ '\\d{4}-\\d{2}-\\d{2}.*' THEN datetime(substring(last_edition, 0, 10)) END AS dated
RETURN source, s.title AS title, s.licence AS licence, dataset, last.format AS format, editions, last_edition,
  last.finished_at AS last_loaded, duration.inDays(coalesce(dated, last.finished_at), now).days AS age_days,
  last.rows_in AS rows, last.loaded AS loaded, last.quarantined AS quarantined, last.retracted AS retracted
ORDER BY source, dataset
