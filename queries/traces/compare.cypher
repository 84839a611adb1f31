//---
// title = "What two traces say differently, wallet by wallet"
// doc = "For example with and without a guard, or by another threshold. Two runs of one question are compared by as_of, or by Case.diff."
// params.one = { type = "id", doc = "id of an analysis, as analyses/runs lists them" }
// params.other = { type = "id", doc = "id of the other" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "asset", "incident", "outcome", "change", "poison_one", "poison_other", "haircut_one", "haircut_other",
//   "fifo_one", "fifo_other", "lifo_one", "lifo_other", "tiho_one", "tiho_other",
// ]
// maturity = "stable"
//---
MATCH (w)-[t:TAINTED_IN]->(q:Analysis)
WHERE q.id IN [$one, $other]
  AND coalesce(t.recorded_at <= $as_of, true) AND coalesce(t.retracted_at > $as_of, t.retracted_at IS NULL)
WITH w, t.asset AS asset, t.incident AS incident, t.outcome AS outcome,
  head(collect(CASE WHEN q.id = $one THEN t END)) AS a, head(collect(CASE WHEN q.id = $other THEN t END)) AS b
WITH *, CASE WHEN b IS NULL THEN 'only in one' WHEN a IS NULL THEN 'only in the other' ELSE 'another amount' END AS change
WHERE a IS NULL OR b IS NULL OR [m IN ['poison', 'haircut', 'fifo', 'lifo', 'tiho'] WHERE a[m] <> b[m]] <> []
RETURN w.id AS wallet, asset, incident, outcome, change, a.poison AS poison_one, b.poison AS poison_other,
  a.haircut AS haircut_one, b.haircut AS haircut_other, a.fifo AS fifo_one, b.fifo AS fifo_other,
  a.lifo AS lifo_one, b.lifo AS lifo_other, a.tiho AS tiho_one, b.tiho AS tiho_other
ORDER BY wallet, asset, incident, outcome
