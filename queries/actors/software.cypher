//---
// title = "Malware and tools an actor group uses, according to whom"
// doc = "Entries that their catalogue revoked or deprecated are left out."
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["malware", "name", "catalogue", "source", "citations", "confidence", "evidence"]
// maturity = "stable"
//---
MATCH (:ActorGroup {id: $actor_group})-[c:USES]->(m:Malware {status: 'live'})
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN m.id AS malware, m.name AS name, m.catalogue AS catalogue, c.source_id AS source,
  size(c.citations) AS citations, c.confidence AS confidence, c.evidence AS evidence
ORDER BY malware, source, citations, confidence, evidence
