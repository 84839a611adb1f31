//---
// title = "Techniques that two groups have in common, the rarest first"
// doc = "groups is how many live groups use it at all: what many use, two have in common by chance."
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.other_group = { type = "id", doc = "the group to compare with" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["technique", "name", "tactics", "groups", "sources", "other_sources"]
// maturity = "stable"
//---
MATCH (:ActorGroup {id: $actor_group})-[c:USES]->(t:Technique {status: 'live'})<-[d:USES]-(:ActorGroup {id: $other_group})
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  AND coalesce(d.recorded_at <= $as_of, true) AND coalesce(d.retracted_at > $as_of, d.retracted_at IS NULL)
WITH t, c.source_id AS source, d.source_id AS other_source ORDER BY source, other_source
WITH t, collect(DISTINCT source) AS sources, collect(DISTINCT other_source) AS other_sources
CALL (t) {
  MATCH (g:ActorGroup {status: 'live'})-[u:USES]->(t)
  WHERE coalesce(u.recorded_at <= $as_of, true) AND coalesce(u.retracted_at > $as_of, u.retracted_at IS NULL)
  RETURN count(DISTINCT g) AS groups
}
RETURN t.id AS technique, t.name AS name, t.tactics AS tactics, groups, sources, other_sources
ORDER BY groups, technique
