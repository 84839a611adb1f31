//---
// title = "Incidents of different lists that count as one theft, or were kept apart, the least sure first"
// doc = "verdict: same (a match or a decision to join) or distinct (a decision to split). A computed match has its reasons."
// params.most = { type = "int", default = 100, doc = "highest confidence shown, 0-100" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["confidence", "verdict", "left", "right", "left_name", "right_name", "method", "reasons", "source"]
// maturity = "stable"
//---
MATCH (a:Incident)-[c:SAME_AS|DISTINCT_FROM]->(b:Incident)
WHERE coalesce(c.confidence, 0) <= $most
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN c.confidence AS confidence, CASE type(c) WHEN 'SAME_AS' THEN 'same' ELSE 'distinct' END AS verdict,
  a.id AS left, b.id AS right, a.name AS left_name, b.name AS right_name, c.method AS method,
  coalesce(c.reasons, CASE WHEN c.evidence IS NULL THEN [] ELSE [c.evidence] END) AS reasons, c.source_id AS source
ORDER BY confidence, left, right, verdict, source
