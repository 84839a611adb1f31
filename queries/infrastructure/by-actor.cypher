//---
// title = "Domains, addresses, files and accounts linked to an actor group"
// doc = "shared_by names lists of infrastructure that many people use (VPN exits, clouds): what is in one is evidence of nobody."
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "infrastructure", "type", "value", "claim", "source", "valid_from", "valid_to", "confidence",
//   "shared_by", "evidence",
// ]
// maturity = "stable"
//---
MATCH (x:Infrastructure)-[c:ATTRIBUTED_TO|CONTROLS|INDICATES|USES]-(:ActorGroup|Organisation {id: $actor_group})
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
CALL (x) {
  MATCH (x)-[h:LISTED_BY {listing: 'shared'}]->(l:Source)
  WHERE coalesce(h.recorded_at <= $as_of, true) AND coalesce(h.retracted_at > $as_of, h.retracted_at IS NULL)
  WITH DISTINCT l.id AS list ORDER BY list
  RETURN collect(list) AS shared_by
}
RETURN x.id AS infrastructure, x.type AS type, x.value AS value, type(c) AS claim, c.source_id AS source,
  c.valid_from AS valid_from, c.valid_to AS valid_to, c.confidence AS confidence, shared_by, c.evidence AS evidence
ORDER BY infrastructure, claim, source, valid_from, valid_to, confidence, evidence
