//---
// title = "Claims that their sources no longer make, the latest first"
// params.source = { type = "id", optional = true, doc = "only claims of this source" }
// params.since = { type = "datetime", optional = true, doc = "only claims retracted at or after this time" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "claim_id", "claim", "subject", "object", "source", "recorded_at", "retracted_at", "evidence",
// ]
// maturity = "stable"
//---
MATCH (a)-[c:ATTRIBUTED_TO|COMMUNICATES_WITH|CONTROLS|DERIVED_FROM|DESCRIBES_TOKEN|DISTINCT_FROM|EXPOSED_IN
    |INDICATES|INVOLVES|IN_CLUSTER|LISTED_BY|MAY_EXIT_IN|MENTIONS|NAMED|PART_OF|PROFILED_IN|RELATED|REPORTED
    |REPORTED_FAILED|RESOLVES_TO|SAME_AS|SCREENED_IN|SHOWS_PATTERN_IN|SUPERSEDED_BY|TAINTED_IN|TARGETS|USES]->(b)
WHERE c.retracted_at IS NOT NULL
  AND coalesce(c.retracted_at <= $as_of, true)
  AND coalesce(c.retracted_at >= $since, true)
  AND coalesce(c.source_id = $source, true)
RETURN c.claim_id AS claim_id, type(c) AS claim, a.id AS subject, b.id AS object, c.source_id AS source,
  c.recorded_at AS recorded_at, c.retracted_at AS retracted_at, c.evidence AS evidence
ORDER BY retracted_at DESC, claim, claim_id
