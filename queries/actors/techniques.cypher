//---
// title = "Techniques an actor group uses, according to whom"
// doc = "Techniques that their catalogue revoked or deprecated are left out."
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.include_software = { type = "bool", default = false, doc = "also techniques of the software it uses, named in via" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "technique", "name", "tactics", "via", "source", "citations", "confidence", "evidence",
// ]
// maturity = "stable"
//---
CALL () {
  MATCH (:ActorGroup {id: $actor_group})-[c:USES]->(t:Technique {status: 'live'})
  WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  RETURN t, c, null AS via
  UNION
  MATCH (:ActorGroup {id: $actor_group})-[u:USES]->(m:Malware {status: 'live'})-[c:USES]->(t:Technique {status: 'live'})
  WHERE $include_software
    AND coalesce(u.recorded_at <= $as_of, true) AND coalesce(u.retracted_at > $as_of, u.retracted_at IS NULL)
    AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  RETURN t, c, m.id AS via
}
RETURN t.id AS technique, t.name AS name, t.tactics AS tactics, via, c.source_id AS source,
  size(c.citations) AS citations, c.confidence AS confidence, c.evidence AS evidence
ORDER BY technique, via, source, citations, confidence, evidence
