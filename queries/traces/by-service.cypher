//---
// title = "Which services stolen value reached, by every method, about how much, and by whose word"
// doc = "Sums are floats in base units: about. A wallet that several services are claimed for counts for each, and in disputed_wallets. Exact amounts: traces/stops."
// params.incident = { type = "id", doc = "for example ronin-bridge-2022" }
// params.analysis = { type = "id", optional = true, doc = "one analysis alone, as analyses/runs lists them" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "service", "service_name", "concept", "asset", "incident", "wallets", "disputed_wallets", "sources",
//   "poison_about", "haircut_about", "fifo_about", "lifo_about", "tiho_about", "low_about", "high_about", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w)-[t:TAINTED_IN]->(q:Analysis)
WHERE t.outcome = 'crossed' AND $incident IN split(t.incident, ' | ') AND coalesce(q.id = $analysis, true)
  AND coalesce(t.recorded_at <= $as_of, true) AND coalesce(t.retracted_at > $as_of, t.retracted_at IS NULL)
UNWIND t.services AS service
CALL (w, service) {
  OPTIONAL MATCH (w)<-[k:CONTROLS]-(:Service {id: service})
  WHERE coalesce(k.recorded_at <= $as_of, true) AND coalesce(k.retracted_at > $as_of, k.retracted_at IS NULL)
  WITH DISTINCT k.source_id AS source ORDER BY source
  RETURN collect(source) AS said
}
WITH q, service, t, said ORDER BY said
WITH q, service, t.asset AS asset, t.incident AS incident, count(*) AS wallets,
  sum(CASE WHEN size(t.services) > 1 THEN 1 ELSE 0 END) AS disputed_wallets, collect(said) AS said,
  sum(toFloat(t.poison)) AS poison_about, sum(toFloat(t.haircut)) AS haircut_about, sum(toFloat(t.fifo)) AS fifo_about,
  sum(toFloat(t.lifo)) AS lifo_about, sum(toFloat(t.tiho)) AS tiho_about, sum(toFloat(t.low)) AS low_about,
  sum(toFloat(t.high)) AS high_about, max(t.value) AS value
CALL (said) {
  UNWIND said AS some UNWIND some AS source
  WITH DISTINCT source ORDER BY source
  RETURN collect(source) AS sources
}
OPTIONAL MATCH (s:Service {id: service})
RETURN service, s.name AS service_name, s.concept AS concept, asset, incident, wallets, disputed_wallets, sources,
  poison_about, haircut_about, fifo_about, lifo_about, tiho_about, low_about, high_about, q.id AS analysis
ORDER BY haircut_about DESC, fifo_about DESC, service, asset, incident, analysis
