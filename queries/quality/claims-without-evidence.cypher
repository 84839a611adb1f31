//---
// title = "How many claims of each source and kind name no evidence"
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["source", "claim", "claims", "without_evidence", "share"]
// maturity = "stable"
//---
MATCH ()-[c:ATTRIBUTED_TO|COMMUNICATES_WITH|CONTROLS|DERIVED_FROM|DESCRIBES_TOKEN|DISTINCT_FROM|EXPOSED_IN
    |INDICATES|INVOLVES|IN_CLUSTER|LISTED_BY|MAY_EXIT_IN|MENTIONS|NAMED|PART_OF|PROFILED_IN|RELATED|REPORTED
    |REPORTED_FAILED|RESOLVES_TO|SAME_AS|SCREENED_IN|SHOWS_PATTERN_IN|SUPERSEDED_BY|TAINTED_IN|TARGETS|USES]->()
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH c.source_id AS source, type(c) AS claim, count(c) AS claims,
  sum(CASE WHEN c.evidence IS NULL THEN 1 ELSE 0 END) AS without_evidence
WHERE without_evidence > 0
RETURN source, claim, claims, without_evidence, round(toFloat(without_evidence) / claims, 4) AS share
ORDER BY without_evidence DESC, source, claim
