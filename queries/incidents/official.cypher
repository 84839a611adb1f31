//---
// title = "Thefts that an authority has attributed, with the date and amount it gave itself"
// doc = "Date and amount are empty where the authority stated none. See incidents/all-sources for everybody else's."
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "incident", "name", "actor", "actor_name", "authority", "source", "date", "date_precision",
//   "amount_usd", "amount_text", "confidence", "evidence",
// ]
// maturity = "stable"
//---
MATCH (i:Incident)-[c:ATTRIBUTED_TO]->(a:ActorGroup|Person|Organisation)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
MATCH (s:Source {id: c.source_id, kind: 'authority'})
OPTIONAL MATCH (s)-[r:REPORTED]->(i)
  WHERE coalesce(r.recorded_at <= $as_of, true) AND coalesce(r.retracted_at > $as_of, r.retracted_at IS NULL)
RETURN i.id AS incident, i.name AS name, a.id AS actor, a.name AS actor_name, s.publisher AS authority,
  s.id AS source, r.date AS date, r.date_precision AS date_precision, r.amount_usd AS amount_usd,
  r.amount_text AS amount_text, c.confidence AS confidence, c.evidence AS evidence
ORDER BY incident, actor, source, date, date_precision, amount_usd, amount_text, confidence, evidence
