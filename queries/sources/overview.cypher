//---
// title = "Every source with how many claims it makes, and how many it has taken back"
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "source", "title", "publisher", "kind", "published", "live_claims", "retracted_claims",
// ]
// maturity = "stable"
//---
CALL () {
  MATCH ()-[c:ATTRIBUTED_TO|COMMUNICATES_WITH|CONTROLS|DERIVED_FROM|DESCRIBES_TOKEN|DISTINCT_FROM|EXPOSED_IN
      |INDICATES|INVOLVES|IN_CLUSTER|LISTED_BY|MAY_EXIT_IN|MENTIONS|NAMED|PART_OF|PROFILED_IN|RELATED|REPORTED
      |REPORTED_FAILED|RESOLVES_TO|SAME_AS|SCREENED_IN|SHOWS_PATTERN_IN|SUPERSEDED_BY|TAINTED_IN|TARGETS|USES]->()
  WHERE coalesce(c.recorded_at <= $as_of, true)
  RETURN c.source_id AS source, count(c) AS recorded,
    sum(CASE WHEN coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL) THEN 1 ELSE 0 END) AS live
  UNION ALL
  MATCH (s:Source)
  RETURN s.id AS source, 0 AS recorded, 0 AS live
}
WITH source, sum(recorded) AS recorded, sum(live) AS live
MATCH (s:Source {id: source})
RETURN s.id AS source, s.title AS title, s.publisher AS publisher, s.kind AS kind, s.published AS published,
  live AS live_claims, recorded - live AS retracted_claims
ORDER BY live_claims DESC, source
