//---
// title = "Campaigns attributed to an actor group"
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["campaign", "name", "first_seen", "last_seen", "source", "confidence", "evidence"]
// maturity = "stable"
//---
MATCH (k:Campaign {status: 'live'})-[c:ATTRIBUTED_TO]->(:ActorGroup {id: $actor_group})
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN k.id AS campaign, k.name AS name, k.first_seen AS first_seen, k.last_seen AS last_seen,
  c.source_id AS source, c.confidence AS confidence, c.evidence AS evidence
ORDER BY campaign, source, confidence, evidence
