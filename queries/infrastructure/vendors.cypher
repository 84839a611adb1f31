//---
// title = "Infrastructure by how many sources have it, those that build on one another counted once"
// doc = "independent is a lower bound: sources joined by DERIVED_FROM in any number of steps are one. shared_by lists infrastructure that many people use: evidence of nobody."
// params.min_sources = { type = "int", default = 2, doc = "least number of sources, copies included" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "infrastructure", "type", "value", "source_count", "independent", "sources", "first_date", "last_date",
//   "shared", "shared_by",
// ]
// maturity = "stable"
//---
MATCH (x:Infrastructure)-[c]-()
WHERE c.claim_id IS NOT NULL AND c.tier = 'intelligence' AND coalesce(c.listing, '') <> 'shared'
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
MATCH (s:Source {id: c.source_id})
WITH x, s, min(coalesce(c.valid_from, s.published)) AS first, max(coalesce(c.valid_from, s.published)) AS last
ORDER BY s.id
WITH x, collect(s) AS claimants, min(first) AS first_date, max(last) AS last_date
WHERE size(claimants) >= $min_sources
CALL (claimants) {
  UNWIND claimants AS s
  MATCH ANY SHORTEST (s) (()-[d:DERIVED_FROM]-() WHERE
    coalesce(d.recorded_at <= $as_of, true) AND coalesce(d.retracted_at > $as_of, d.retracted_at IS NULL))* (t:Source)
  WHERE t IN claimants
  WITH s, min(t.id) AS first_of_them
  RETURN count(DISTINCT first_of_them) AS independent
}
CALL (x) {
  MATCH (x)-[h:LISTED_BY {listing: 'shared'}]->(l:Source)
  WHERE coalesce(h.recorded_at <= $as_of, true) AND coalesce(h.retracted_at > $as_of, h.retracted_at IS NULL)
  WITH DISTINCT l.id AS list ORDER BY list
  RETURN collect(list) AS shared_by
}
RETURN x.id AS infrastructure, x.type AS type, x.value AS value, size(claimants) AS source_count, independent,
  [s IN claimants | s.id] AS sources, first_date, last_date, size(shared_by) > 0 AS shared, shared_by
ORDER BY independent DESC, source_count DESC, infrastructure
