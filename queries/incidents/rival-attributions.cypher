//---
// title = "Thefts that different sources give to different groups, a row for every two groups"
// doc = "same_as_sources are those who say that the two groups are one: where there are some, it may be no dispute."
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "incident", "name", "actor", "actor_name", "sources", "other", "other_name", "other_sources",
//   "same_as_sources",
// ]
// maturity = "stable"
//---
MATCH (a:ActorGroup)<-[c:ATTRIBUTED_TO]-(i:Incident)-[d:ATTRIBUTED_TO]->(b:ActorGroup)
WHERE a.id < b.id
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  AND coalesce(d.recorded_at <= $as_of, true) AND coalesce(d.retracted_at > $as_of, d.retracted_at IS NULL)
WITH i, a, b, c.source_id AS source, d.source_id AS other_source ORDER BY source, other_source
WITH i, a, b, collect(DISTINCT source) AS sources, collect(DISTINCT other_source) AS other_sources
WHERE size(sources) > 1 OR size(other_sources) > 1 OR sources <> other_sources
CALL (a, b) {
  MATCH (a)-[same:SAME_AS]-(b)
  WHERE coalesce(same.recorded_at <= $as_of, true) AND coalesce(same.retracted_at > $as_of, same.retracted_at IS NULL)
  WITH DISTINCT same.source_id AS source ORDER BY source
  RETURN collect(source) AS same_as_sources
}
RETURN i.id AS incident, i.name AS name, a.id AS actor, a.name AS actor_name, sources, b.id AS other,
  b.name AS other_name, other_sources, same_as_sources
ORDER BY incident, actor, other
