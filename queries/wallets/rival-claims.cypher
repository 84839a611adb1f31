//---
// title = "Wallets that different sources give to different owners, a row for every two owners"
// doc = "same_as_sources are those who say that the two owners are one: where there are some, it may be no dispute."
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "network", "owner", "owner_kind", "sources", "other", "other_kind", "other_sources",
//   "same_as_sources",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:ATTRIBUTED_TO|CONTROLS]-(o:ActorGroup|Person|Organisation|Service)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH w, o, c.source_id AS source ORDER BY source
WITH w, o, collect(DISTINCT source) AS sources
WITH w, collect({owner: o, sources: sources}) AS owners
WHERE size(owners) > 1
UNWIND owners AS one
UNWIND owners AS two
WITH w, one.owner AS a, one.sources AS sources, two.owner AS b, two.sources AS other_sources
WHERE a.id < b.id AND (size(sources) > 1 OR size(other_sources) > 1 OR sources <> other_sources)
CALL (a, b) {
  MATCH (a)-[same:SAME_AS]-(b)
  WHERE coalesce(same.recorded_at <= $as_of, true) AND coalesce(same.retracted_at > $as_of, same.retracted_at IS NULL)
  WITH DISTINCT same.source_id AS source ORDER BY source
  RETURN collect(source) AS same_as_sources
}
RETURN w.id AS wallet, w.network AS network, a.id AS owner, head(labels(a)) AS owner_kind, sources, b.id AS other,
  head(labels(b)) AS other_kind, other_sources, same_as_sources
ORDER BY wallet, owner, other, owner_kind, other_kind
