//---
// title = "Recorded laundering profiles, a row a measure: how the money of each incident moved"
// doc = "Of the transfers that were loaded then: another selection has another profile. A measure that could not be taken has no row. Alike profiles are no sign of one hand."
// params.incident = { type = "id", optional = true, doc = "of one incident alone" }
// params.feature = { type = "text", optional = true, doc = "one measure alone, for example hops_to_first_service" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["incident", "feature", "value", "unit", "recorded_at", "analysis"]
// maturity = "stable"
//---
MATCH (i:Incident)-[p:PROFILED_IN]->(q:Analysis)
WHERE coalesce(i.id = $incident, true)
  AND coalesce(p.recorded_at <= $as_of, true) AND coalesce(p.retracted_at > $as_of, p.retracted_at IS NULL)
UNWIND range(0, size(p.features) - 1) AS n
WITH i, p, q, n
WHERE coalesce(p.features[n] = $feature, true)
RETURN i.id AS incident, p.features[n] AS feature, p.values[n] AS value, p.units[n] AS unit,
  p.recorded_at AS recorded_at, q.id AS analysis
ORDER BY incident, analysis, feature, value
