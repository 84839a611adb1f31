//---
// title = "Every run of clustering, with its heuristics, its input and what it changed"
// doc = "The run's id, or its beginning, names it in `workbench cluster --compare`."
// params.as_of = { type = "datetime", optional = true, doc = "runs until then; without it, all" }
// returns = [
//   "run", "method", "dataset", "status", "started_at", "finished_at", "memberships", "recorded", "retracted",
//   "input_sha256", "code_version",
// ]
// maturity = "stable"
//---
MATCH (r:IngestRun {source_id: 'clustering'})
WHERE coalesce(r.started_at <= $as_of, true)
RETURN r.id AS run, r.format AS method, r.dataset AS dataset, r.status AS status, r.started_at AS started_at,
  r.finished_at AS finished_at, r.rows_in AS memberships, r.loaded AS recorded, r.retracted AS retracted,
  r.input_sha256 AS input_sha256, r.code_version AS code_version
ORDER BY started_at DESC, run
