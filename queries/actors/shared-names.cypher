//---
// title = "Names that are claimed for different groups, a row for every two groups"
// doc = "Names are in lower case. same_as_sources are those who say that the two groups are one; empty: the name misleads."
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "name", "actor", "actor_name", "sources", "other", "other_name", "other_sources",
//   "same_as_sources",
// ]
// maturity = "stable"
//---
MATCH (s:Source)-[c:NAMED]->(g:ActorGroup {status: 'live'})
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH toLower(c.name) AS name, g, s.id AS source ORDER BY source
WITH name, g, collect(DISTINCT source) AS sources
WITH name, collect({actor: g, sources: sources}) AS readings
WHERE size(readings) > 1
UNWIND readings AS one
UNWIND readings AS two
WITH name, one.actor AS a, one.sources AS sources, two.actor AS b, two.sources AS other_sources
WHERE a.id < b.id
CALL (a, b) {
  MATCH (a)-[same:SAME_AS]-(b)
  WHERE coalesce(same.recorded_at <= $as_of, true) AND coalesce(same.retracted_at > $as_of, same.retracted_at IS NULL)
  WITH DISTINCT same.source_id AS source ORDER BY source
  RETURN collect(source) AS same_as_sources
}
RETURN name, a.id AS actor, a.name AS actor_name, sources, b.id AS other, b.name AS other_name, other_sources,
  same_as_sources
ORDER BY name, actor, other
