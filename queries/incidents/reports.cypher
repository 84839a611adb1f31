//---
// title = "What each source reports about one theft, in its own words"
// params.incident = { type = "id", doc = "for example ronin-bridge-2022" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "source", "publisher", "kind", "date", "date_precision", "amount_usd", "amount_text", "category",
//   "stated_on", "recorded_at", "evidence",
// ]
// maturity = "stable"
//---
MATCH (s:Source)-[r:REPORTED]->(:Incident {id: $incident})
WHERE coalesce(r.recorded_at <= $as_of, true) AND coalesce(r.retracted_at > $as_of, r.retracted_at IS NULL)
RETURN s.id AS source, s.publisher AS publisher, s.kind AS kind, r.date AS date, r.date_precision AS date_precision,
  r.amount_usd AS amount_usd, r.amount_text AS amount_text, r.category AS category, r.stated_on AS stated_on,
  r.recorded_at AS recorded_at, r.evidence AS evidence
ORDER BY source, date, date_precision, amount_usd, amount_text, category, stated_on, recorded_at, evidence
