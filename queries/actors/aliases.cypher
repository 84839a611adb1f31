//---
// title = "All names claimed for one group, each with who uses it"
// doc = "same_as_sources are those who say that the row's group and the one asked for are the same."
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.include_same_as = { type = "bool", default = false, doc = "also names of groups that some source says are the same" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["name", "kind", "actor", "same_as_sources", "source", "concept", "evidence"]
// maturity = "stable"
//---
CALL () {
  MATCH (g:ActorGroup|Organisation {id: $actor_group})
  RETURN g, [] AS same_as_sources
  UNION
  MATCH (:ActorGroup {id: $actor_group})-[same:SAME_AS]-(g:ActorGroup {status: 'live'})
  WHERE $include_same_as
    AND coalesce(same.recorded_at <= $as_of, true) AND coalesce(same.retracted_at > $as_of, same.retracted_at IS NULL)
  WITH DISTINCT g, same.source_id AS source ORDER BY source
  RETURN g, collect(source) AS same_as_sources
}
MATCH (s:Source)-[c:NAMED]->(g)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN c.name AS name, c.kind AS kind, g.id AS actor, same_as_sources, s.id AS source, c.concept AS concept,
  c.evidence AS evidence
ORDER BY actor, kind DESC, name, source, concept, evidence
