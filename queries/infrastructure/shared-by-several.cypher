//---
// title = "Infrastructure that is linked to more than one group or malware family"
// doc = "Sharing may mean one actor, a common supplier, a copied indicator, or a false one."
// params.actors_only = { type = "bool", default = false, doc = "count groups only, not malware" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["infrastructure", "type", "value", "owner_count", "owners", "sources"]
// maturity = "stable"
//---
MATCH (x:Infrastructure)-[c:ATTRIBUTED_TO|COMMUNICATES_WITH|CONTROLS|INDICATES|USES]-(o:ActorGroup|Malware)
WHERE o.status = 'live' AND (o:ActorGroup OR NOT $actors_only)
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH x, o.id AS owner, c.source_id AS source ORDER BY owner, source
WITH x, collect(DISTINCT owner) AS owners, collect(DISTINCT source) AS unordered
WHERE size(owners) > 1
CALL (unordered) {
  UNWIND unordered AS source
  WITH source ORDER BY source
  RETURN collect(source) AS sources
}
RETURN x.id AS infrastructure, x.type AS type, x.value AS value, size(owners) AS owner_count, owners, sources
ORDER BY owner_count DESC, infrastructure
