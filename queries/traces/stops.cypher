//---
// title = "Services' wallets where a trace of stolen value ends, by every method, and who says whose they are"
// doc = "A row a claim about the wallet; without one nobody says so any more. taken_for: the services the trace took it to be of, rivals together. Base units, exact."
// params.incident = { type = "id", doc = "for example ronin-bridge-2022" }
// params.analysis = { type = "id", optional = true, doc = "one analysis alone, as analyses/runs lists them" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "service", "service_name", "concept", "source", "confidence", "asset", "incident", "poison", "haircut",
//   "fifo", "lifo", "tiho", "low", "high", "hops", "value", "taken_for", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w)-[t:TAINTED_IN]->(q:Analysis)
WHERE t.outcome = 'crossed' AND $incident IN split(t.incident, ' | ') AND coalesce(q.id = $analysis, true)
  AND coalesce(t.recorded_at <= $as_of, true) AND coalesce(t.retracted_at > $as_of, t.retracted_at IS NULL)
OPTIONAL MATCH (w)<-[k:CONTROLS]-(s:Service)
WHERE s.id IN t.services
  AND coalesce(k.recorded_at <= $as_of, true) AND coalesce(k.retracted_at > $as_of, k.retracted_at IS NULL)
WITH DISTINCT w, t, q, s, k.source_id AS source, k.confidence AS confidence
RETURN w.id AS wallet, s.id AS service, s.name AS service_name, s.concept AS concept, source, confidence,
  t.asset AS asset, t.incident AS incident,
  t.poison AS poison, t.haircut AS haircut, t.fifo AS fifo, t.lifo AS lifo, t.tiho AS tiho,
  t.low AS low, t.high AS high, t.hops AS hops, t.value AS value,
  t.services AS taken_for, q.id AS analysis
ORDER BY value DESC, wallet, asset, incident, service, source, confidence, analysis
