//---
// title = "Everything that is claimed about one wallet"
// params.wallet = { type = "id", doc = "CAIP-10 id, or the address alone: then on every network it is known on" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "claim", "detail", "label", "other_kind", "other", "other_name", "source", "confidence",
//   "method", "recorded_at", "evidence",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)
WHERE w.id IN [$wallet, toLower($wallet)] OR w.address IN [$wallet, toLower($wallet)]
MATCH (w)-[c:ATTRIBUTED_TO|CONTROLS|INVOLVES|IN_CLUSTER|LISTED_BY|NAMED]-(o)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN w.id AS wallet, type(c) AS claim, coalesce(c.role, c.listing, c.kind) AS detail,
  coalesce(c.name, c.label) AS label, head(labels(o)) AS other_kind, o.id AS other,
  coalesce(o.name, o.title) AS other_name, c.source_id AS source, c.confidence AS confidence, c.method AS method,
  c.recorded_at AS recorded_at, c.evidence AS evidence
ORDER BY wallet, claim, other_kind, other, source, detail, label, confidence, method, recorded_at, evidence
