//---
// title = "Thefts whose sources disagree about the amount, the widest dispute first"
// doc = "ratio is empty, and the row comes first, where the lowest amount is zero."
// params.min_ratio = { type = "float", default = 1.0, doc = "only where the highest amount is more than so many times the lowest" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "incident", "name", "lowest_usd", "lowest_sources", "highest_usd", "highest_sources", "ratio",
// ]
// maturity = "stable"
//---
MATCH (s:Source)-[r:REPORTED]->(i:Incident)
WHERE r.amount_usd IS NOT NULL
  AND coalesce(r.recorded_at <= $as_of, true) AND coalesce(r.retracted_at > $as_of, r.retracted_at IS NULL)
WITH i, s.id AS source, r.amount_usd AS usd ORDER BY source
WITH i, min(usd) AS lowest_usd, max(usd) AS highest_usd, collect(DISTINCT {source: source, usd: usd}) AS reports
WHERE highest_usd > lowest_usd * $min_ratio
RETURN i.id AS incident, i.name AS name,
  lowest_usd, [x IN reports WHERE x.usd = lowest_usd | x.source] AS lowest_sources,
  highest_usd, [x IN reports WHERE x.usd = highest_usd | x.source] AS highest_sources,
  CASE WHEN lowest_usd > 0 THEN round(highest_usd / lowest_usd, 3) END AS ratio
ORDER BY ratio DESC, incident
