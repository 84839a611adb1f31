//---
// title = "Wallets that value of several incidents reached, each incident's share by every method"
// doc = "Over all traces that are recorded. One row a wallet, asset, incident and trace. Meeting in one wallet is no proof of one hand: look whose wallet it is."
// params.analysis = { type = "id", optional = true, doc = "one analysis alone, as analyses/runs lists them" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "asset", "incident", "outcome", "poison", "haircut", "fifo", "lifo", "tiho", "low", "high", "received",
//   "hops", "incidents", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w)-[t:TAINTED_IN]->(q:Analysis)
WHERE coalesce(q.id = $analysis, true)
  AND coalesce(t.recorded_at <= $as_of, true) AND coalesce(t.retracted_at > $as_of, t.retracted_at IS NULL)
WITH w, t.asset AS asset, collect({t: t, q: q}) AS said
CALL (said) {
  UNWIND said AS one
  WITH one.t AS t UNWIND split(t.incident, ' | ') AS incident
  WITH DISTINCT incident ORDER BY incident
  RETURN collect(incident) AS incidents
}
WITH w, asset, said, incidents WHERE size(incidents) > 1
UNWIND said AS one
WITH w, asset, incidents, one.t AS t, one.q AS q
RETURN w.id AS wallet, asset, t.incident AS incident, t.outcome AS outcome,
  t.poison AS poison, t.haircut AS haircut, t.fifo AS fifo, t.lifo AS lifo, t.tiho AS tiho,
  t.low AS low, t.high AS high, t.received AS received, t.hops AS hops,
  incidents, q.id AS analysis
ORDER BY wallet, asset, incident, outcome, analysis
