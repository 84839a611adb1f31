//---
// title = "Transfers straight from a theft's wallets into wallets that a service is said to control"
// doc = "One hop only, and all that the wallet sent: whether it was stolen value is what a trace answers."
// params.incident = { type = "id", doc = "for example ronin-bridge-2022" }
// params.roles = { type = "list of text", default = ["thief", "laundering"], doc = "roles of the sending wallets, separated by commas" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "time", "sender", "receiver", "service", "service_name", "asset", "amount", "usd", "transfer",
//   "role_sources", "control_sources",
// ]
// maturity = "stable"
//---
MATCH (:Incident {id: $incident})-[c:INVOLVES]->(w:Wallet)
WHERE c.role IN $roles
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH w, c.source_id AS source ORDER BY source
WITH w, collect(DISTINCT source) AS role_sources
MATCH (w)-[t:SENT]->(x:Wallet)<-[k:CONTROLS]-(s:Service)
WHERE coalesce(k.recorded_at <= $as_of, true) AND coalesce(k.retracted_at > $as_of, k.retracted_at IS NULL)
WITH w, role_sources, t, x, s, k.source_id AS source ORDER BY source
WITH w, role_sources, t, x, s, collect(DISTINCT source) AS control_sources
RETURN t.time AS time, w.id AS sender, x.id AS receiver, s.id AS service, s.name AS service_name, t.asset AS asset,
  t.amount AS amount, t.usd AS usd, t.id AS transfer, role_sources, control_sources
ORDER BY time, transfer, service
