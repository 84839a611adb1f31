//---
// title = "Wallets that sources name in more than one theft"
// doc = "A wallet of a service, or one that two thieves paid, is reused too: read it with wallets/claims."
// params.roles = { type = "list of text", default = ["thief", "laundering"], doc = "roles that count, separated by commas" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["wallet", "network", "incident_count", "incidents", "sources"]
// maturity = "stable"
//---
MATCH (i:Incident)-[c:INVOLVES]->(w:Wallet)
WHERE c.role IN $roles
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH w, i.id AS incident, c.source_id AS source ORDER BY incident, source
WITH w, collect(DISTINCT incident) AS incidents, collect(DISTINCT source) AS unordered
WHERE size(incidents) > 1
CALL (unordered) {
  UNWIND unordered AS source
  WITH source ORDER BY source
  RETURN collect(source) AS sources
}
RETURN w.id AS wallet, w.network AS network, size(incidents) AS incident_count, incidents, sources
ORDER BY incident_count DESC, wallet
