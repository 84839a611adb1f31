//---
// title = "Every catalogue's reading of a group's, organisation's or person's name, whatever its capitals"
// doc = "An entry that its catalogue revoked or deprecated says so in status."
// params.name = { type = "text", doc = "a name or alias, for example Lazarus Group" }
// params.catalogue = { type = "text", optional = true, doc = "as one catalogue sees it, for example mitre or misp" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "name", "kind", "actor", "actor_name", "catalogue", "status", "superseded_by", "source",
//   "evidence",
// ]
// maturity = "stable"
//---
MATCH (s:Source)-[c:NAMED]->(a:ActorGroup|Person|Organisation)
WHERE toLower(c.name) = toLower(trim($name))
  AND coalesce(coalesce(a.catalogue, a.authority) = $catalogue, true)
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
CALL (a) {
  MATCH (a)-[u:SUPERSEDED_BY]->(b:ActorGroup)
  WHERE coalesce(u.recorded_at <= $as_of, true) AND coalesce(u.retracted_at > $as_of, u.retracted_at IS NULL)
  WITH DISTINCT b.id AS successor ORDER BY successor
  RETURN collect(successor) AS superseded_by
}
RETURN c.name AS name, c.kind AS kind, a.id AS actor, a.name AS actor_name,
  coalesce(a.catalogue, a.authority) AS catalogue, coalesce(a.status, 'live') AS status, superseded_by,
  s.id AS source, c.evidence AS evidence
ORDER BY actor, source, name, kind, evidence
