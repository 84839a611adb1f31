//---
// title = "Where a trace says that stolen value still lies, by every method"
// doc = "Base units, exact. The methods are conventions, not measurements: never quote one alone. low and high bound haircut where history or order is not known."
// params.incident = { type = "id", doc = "for example ronin-bridge-2022" }
// params.analysis = { type = "id", optional = true, doc = "one analysis alone, as analyses/runs lists them" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "asset", "incident", "poison", "haircut", "fifo", "lifo", "tiho", "low", "high", "hops", "first_time",
//   "incomplete", "ambiguous", "value", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w)-[t:TAINTED_IN]->(q:Analysis)
WHERE t.outcome = 'held' AND $incident IN split(t.incident, ' | ') AND coalesce(q.id = $analysis, true)
  AND coalesce(t.recorded_at <= $as_of, true) AND coalesce(t.retracted_at > $as_of, t.retracted_at IS NULL)
RETURN w.id AS wallet, t.asset AS asset, t.incident AS incident,
  t.poison AS poison, t.haircut AS haircut, t.fifo AS fifo, t.lifo AS lifo, t.tiho AS tiho,
  t.low AS low, t.high AS high, t.hops AS hops, t.first_time AS first_time,
  t.incomplete AS incomplete, t.ambiguous AS ambiguous, t.value AS value, q.id AS analysis
ORDER BY value DESC, wallet, asset, incident, analysis
