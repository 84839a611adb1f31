//---
// title = "Thefts that no source attributes to anybody"
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["incident", "name", "min_usd", "max_usd", "first_date", "last_date", "sources"]
// maturity = "stable"
//---
MATCH (s:Source)-[r:REPORTED]->(i:Incident)
WHERE coalesce(r.recorded_at <= $as_of, true) AND coalesce(r.retracted_at > $as_of, r.retracted_at IS NULL)
  AND NOT EXISTS {
    MATCH (i)-[c:ATTRIBUTED_TO]->(:ActorGroup|Person|Organisation)
    WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  }
WITH i, s, r ORDER BY s.id
RETURN i.id AS incident, i.name AS name, min(r.amount_usd) AS min_usd, max(r.amount_usd) AS max_usd,
  min(r.date) AS first_date, max(r.date) AS last_date, collect(DISTINCT s.id) AS sources
ORDER BY incident
