//---
// title = "A group as merged by SAME_AS claims: every catalogue's group so named, and those claimed to be the same"
// doc = "steps is 0 for a group that carries the name itself; claims are those by which the others are joined."
// params.name = { type = "text", doc = "a name or alias, for example Lazarus Group" }
// params.min_confidence = { type = "int", default = 50, doc = "least confidence of a SAME_AS claim; one that states none counts as 50" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["actor", "actor_name", "catalogue", "status", "steps", "claims", "sources"]
// maturity = "stable"
//---
MATCH (s:Source)-[c:NAMED]->(start:ActorGroup)
WHERE toLower(c.name) = toLower(trim($name))
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH DISTINCT start
MATCH p = (start) (()-[u:SAME_AS|SUPERSEDED_BY]-() WHERE coalesce(u.confidence, 50) >= $min_confidence
  AND coalesce(u.recorded_at <= $as_of, true) AND coalesce(u.retracted_at > $as_of, u.retracted_at IS NULL)){0,4} (a:ActorGroup)
WITH a, length(p) AS steps, [r IN relationships(p) | r.claim_id] AS claims, [r IN relationships(p) | r.source_id] AS sources
ORDER BY steps, claims
WITH a, collect({steps: steps, claims: claims, sources: sources})[0] AS way
RETURN a.id AS actor, a.name AS actor_name, a.catalogue AS catalogue, coalesce(a.status, 'live') AS status,
  way.steps AS steps, way.claims AS claims, way.sources AS sources
ORDER BY steps, actor
