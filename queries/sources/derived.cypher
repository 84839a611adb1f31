//---
// title = "Which sources copy or build on which: repeats are one piece of news"
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "source", "publisher", "original", "original_publisher", "said_by", "confidence", "evidence",
// ]
// maturity = "stable"
//---
MATCH (s:Source)-[c:DERIVED_FROM]->(o:Source)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN s.id AS source, s.publisher AS publisher, o.id AS original, o.publisher AS original_publisher,
  c.source_id AS said_by, c.confidence AS confidence, c.evidence AS evidence
ORDER BY source, original, said_by, confidence, evidence
