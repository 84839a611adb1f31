//---
// title = "Every theft with what all sources say together: amounts and dates as intervals"
// doc = "independent_sources leaves out a source that copies another one of the list (DERIVED_FROM). A date of only a month or year counts only where no source names a day."
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "incident", "name", "min_usd", "max_usd", "first_date", "last_date", "sources", "source_count",
//   "independent_sources", "attributed_to",
// ]
// maturity = "stable"
//---
MATCH (i:Incident)
CALL (i) {
  MATCH (s:Source)-[r:REPORTED]->(i)
  WHERE coalesce(r.recorded_at <= $as_of, true) AND coalesce(r.retracted_at > $as_of, r.retracted_at IS NULL)
  WITH s, r, CASE WHEN r.date_precision IN ['day', 'time'] THEN r.date END AS day ORDER BY s.id
  RETURN min(r.amount_usd) AS min_usd, max(r.amount_usd) AS max_usd, coalesce(min(day), min(r.date)) AS first_date,
    coalesce(max(day), max(r.date)) AS last_date, collect(DISTINCT s.id) AS sources
}
CALL (sources) {
  MATCH (s:Source)
  WHERE s.id IN sources AND NOT EXISTS {
    MATCH (s)-[d:DERIVED_FROM]->(o:Source)
    WHERE o.id IN sources AND coalesce(d.recorded_at <= $as_of, true) AND coalesce(d.retracted_at > $as_of, d.retracted_at IS NULL)
  }
  RETURN count(s) AS independent_sources
}
CALL (i) {
  MATCH (i)-[c:ATTRIBUTED_TO]->(a:ActorGroup|Person|Organisation)
  WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  WITH DISTINCT a.id AS actor ORDER BY actor
  RETURN collect(actor) AS attributed_to
}
WITH * WHERE size(sources) > 0 OR size(attributed_to) > 0
RETURN i.id AS incident, i.name AS name, min_usd, max_usd, first_date, last_date, sources,
  size(sources) AS source_count, independent_sources, attributed_to
ORDER BY incident
