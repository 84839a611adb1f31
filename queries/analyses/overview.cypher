//---
// title = "Every analysis that was recorded: the question, and how many of its claims stand"
// doc = "An analysis is one question. last_run interrupted or failed: only a part was recorded, ask again. wallets: those its question names (a screening names none). Its runs: analyses/runs."
// params.kind = { type = "text", optional = true, doc = "trace, exposure, screening, behaviour, profile or demixing alone" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["analysis", "kind", "incidents", "wallets", "claims", "first_recorded", "last_recorded", "last_run"]
// maturity = "stable"
//---
MATCH (q:Analysis)
WHERE coalesce(q.kind = $kind, true)
OPTIONAL MATCH ()-[c:EXPOSED_IN|MAY_EXIT_IN|PROFILED_IN|SCREENED_IN|SHOWS_PATTERN_IN|TAINTED_IN]->(q)
WHERE coalesce(c.recorded_at <= $as_of, true)
WITH q, count(c) AS recorded, min(c.recorded_at) AS first_recorded, max(c.recorded_at) AS last_recorded,
  count(CASE WHEN coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL) THEN c END) AS claims
CALL (q) {
  OPTIONAL MATCH (r:IngestRun {dataset: q.id}) WHERE coalesce(r.started_at <= $as_of, true)
  RETURN r.status AS last_run ORDER BY r.started_at DESC, r.id LIMIT 1
}
WITH * WHERE recorded > 0 OR last_run IS NOT NULL
RETURN q.id AS analysis, q.kind AS kind, q.incidents AS incidents, size(q.wallets) AS wallets, claims,
  first_recorded, last_recorded, last_run
ORDER BY last_recorded DESC, analysis
