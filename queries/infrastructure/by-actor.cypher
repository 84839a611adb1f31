//---
// title = "Domains, addresses, files and accounts linked to an actor group"
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "infrastructure", "type", "value", "claim", "source", "valid_from", "valid_to", "confidence",
//   "evidence",
// ]
// maturity = "stable"
//---
MATCH (x:Infrastructure)-[c:ATTRIBUTED_TO|CONTROLS|INDICATES|USES]-(:ActorGroup {id: $actor_group})
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN x.id AS infrastructure, x.type AS type, x.value AS value, type(c) AS claim, c.source_id AS source,
  c.valid_from AS valid_from, c.valid_to AS valid_to, c.confidence AS confidence, c.evidence AS evidence
ORDER BY infrastructure, claim, source, valid_from, valid_to, confidence, evidence
