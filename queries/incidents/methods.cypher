//---
// title = "Techniques, malware, lures, services and infrastructure of one theft"
// params.incident = { type = "id", doc = "for example ronin-bridge-2022" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["kind", "id", "name", "claim", "role", "source", "confidence", "evidence"]
// maturity = "stable"
//---
MATCH (:Incident {id: $incident})-[c:INVOLVES|USES]->(x:Technique|Malware|Lure|Service|Infrastructure|Campaign)
WHERE coalesce(x.status, 'live') = 'live'
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN CASE WHEN x:Infrastructure THEN 'Infrastructure' ELSE head(labels(x)) END AS kind, x.id AS id,
  coalesce(x.name, x.value) AS name, type(c) AS claim, c.role AS role, c.source_id AS source,
  c.confidence AS confidence, c.evidence AS evidence
ORDER BY kind, id, claim, role, source, confidence, evidence
