//---
// title = "Thefts attributed to an actor group, with who says so"
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.min_confidence = { type = "int", default = 0, doc = "STIX confidence, 0-100; above 0 leaves out claims whose source states none" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "incident", "name", "source", "source_kind", "official", "confidence", "method", "evidence",
// ]
// maturity = "stable"
//---
MATCH (i:Incident)-[c:ATTRIBUTED_TO]->(:ActorGroup|Organisation {id: $actor_group})
WHERE ($min_confidence <= 0 OR c.confidence >= $min_confidence)
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
MATCH (s:Source {id: c.source_id})
RETURN i.id AS incident, i.name AS name, s.id AS source, s.kind AS source_kind, s.kind = 'authority' AS official,
  c.confidence AS confidence, c.method AS method, c.evidence AS evidence
ORDER BY incident, source, confidence, method, evidence
