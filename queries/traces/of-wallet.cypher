//---
// title = "What the recorded traces say of one wallet"
// doc = "outcome: held there; crossed at a service; passed, nothing stays. Base units, exact."
// params.wallet = { type = "id", doc = "CAIP-10 id, or the address alone: then on every network it is known on" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "incident", "asset", "outcome", "poison", "haircut", "fifo", "lifo", "tiho", "low", "high", "received",
//   "hops", "first_time", "taken_for", "recorded_at", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)
WHERE w.id IN [$wallet, toLower($wallet)] OR w.address IN [$wallet, toLower($wallet)]
MATCH (w)-[t:TAINTED_IN]->(q:Analysis)
WHERE coalesce(t.recorded_at <= $as_of, true) AND coalesce(t.retracted_at > $as_of, t.retracted_at IS NULL)
RETURN w.id AS wallet, t.incident AS incident, t.asset AS asset, t.outcome AS outcome,
  t.poison AS poison, t.haircut AS haircut, t.fifo AS fifo, t.lifo AS lifo, t.tiho AS tiho,
  t.low AS low, t.high AS high, t.received AS received, t.hops AS hops,
  t.first_time AS first_time, t.services AS taken_for, t.recorded_at AS recorded_at, q.id AS analysis
ORDER BY wallet, incident, asset, outcome, analysis
