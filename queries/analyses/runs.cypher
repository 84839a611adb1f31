//---
// title = "Every run of an analysis that was recorded, the latest first, with what was asked and what it said"
// doc = "An analysis is one question; its runs answer it for the graph of their time. words has the limits: quote them with any figure. current: no later run of the question is finished."
// params.kind = { type = "text", optional = true, doc = "trace, exposure, screening, behaviour, profile or demixing alone" }
// params.incident = { type = "id", optional = true, doc = "of one incident alone" }
// params.as_of = { type = "datetime", optional = true, doc = "runs until then; without it, all" }
// returns = [
//   "analysis", "kind", "incidents", "wallets", "run", "status", "current", "started_at", "finished_at", "claims",
//   "recorded", "retracted", "words", "options", "input_sha256", "code_version",
// ]
// maturity = "stable"
//---
MATCH (r:IngestRun)
WHERE coalesce(r.started_at <= $as_of, true)
MATCH (q:Analysis {id: r.dataset})
WHERE coalesce(q.kind = $kind, true) AND coalesce($incident IN q.incidents, true)
RETURN q.id AS analysis, q.kind AS kind, q.incidents AS incidents, size(q.wallets) AS wallets, r.id AS run,
  r.status AS status,
  r.status = 'done' AND NOT EXISTS {
    MATCH (o:IngestRun {dataset: q.id, status: 'done'})
    WHERE o.finished_at > r.finished_at AND coalesce(o.started_at <= $as_of, true)
  } AS current,
  r.started_at AS started_at, r.finished_at AS finished_at, r.rows_in AS claims, r.loaded AS recorded,
  r.retracted AS retracted, r.words AS words, q.options AS options, r.input_sha256 AS input_sha256,
  r.code_version AS code_version
ORDER BY started_at DESC, analysis, run
