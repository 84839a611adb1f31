//---
// title = "Every theft once: incidents joined by SAME_AS claims, with every list's amount and date as intervals"
// doc = "A view, nothing is merged in the graph. Pairs that an analyst split (DISTINCT_FROM) are not joined by a computed claim. incident is the first id of those joined."
// params.min_confidence = { type = "int", default = 50, doc = "least confidence of a SAME_AS claim that joins" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["incident", "incidents", "names", "min_usd", "max_usd", "first_date", "last_date", "sources"]
// maturity = "stable"
//---
MATCH ANY SHORTEST (i:Incident) ((x)-[c:SAME_AS]-(y) WHERE coalesce(c.confidence, 0) >= $min_confidence
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  AND NOT EXISTS {
    MATCH (x)-[d:DISTINCT_FROM]-(y)
    WHERE coalesce(d.recorded_at <= $as_of, true) AND coalesce(d.retracted_at > $as_of, d.retracted_at IS NULL)
  })* (j:Incident)
WITH i, j ORDER BY j.id
WITH i, collect(DISTINCT j) AS joined
WHERE joined[0].id = i.id
CALL (joined) {
  UNWIND joined AS j
  MATCH (s:Source)-[r:REPORTED]->(j)
  WHERE coalesce(r.recorded_at <= $as_of, true) AND coalesce(r.retracted_at > $as_of, r.retracted_at IS NULL)
  WITH s, r, CASE WHEN r.date_precision IN ['day', 'time'] THEN r.date END AS day ORDER BY s.id
  RETURN min(r.amount_usd) AS min_usd, max(r.amount_usd) AS max_usd, coalesce(min(day), min(r.date)) AS first_date,
    coalesce(max(day), max(r.date)) AS last_date, collect(DISTINCT s.id) AS sources
}
WITH * WHERE size(sources) > 0
RETURN i.id AS incident, [j IN joined | j.id] AS incidents, [j IN joined | j.name] AS names, min_usd, max_usd,
  first_date, last_date, sources
ORDER BY incident
