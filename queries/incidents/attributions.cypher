//---
// title = "Who attributes one theft to whom"
// doc = "Every source's word stands by itself. An authority's is of kind authority."
// params.incident = { type = "id", doc = "for example ronin-bridge-2022" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "actor", "actor_name", "catalogue", "source", "publisher", "kind", "confidence", "grade", "method",
//   "tlp", "evidence",
// ]
// maturity = "stable"
//---
MATCH (:Incident {id: $incident})-[c:ATTRIBUTED_TO]->(a:ActorGroup|Person|Organisation)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
OPTIONAL MATCH (s:Source {id: c.source_id})
RETURN a.id AS actor, a.name AS actor_name, coalesce(a.catalogue, a.authority) AS catalogue, c.source_id AS source,
  s.publisher AS publisher, s.kind AS kind, c.confidence AS confidence, c.grade AS grade, c.method AS method,
  c.tlp AS tlp, c.evidence AS evidence
ORDER BY actor, source, confidence DESC, grade, method, tlp, evidence, actor_name, catalogue, publisher, kind
