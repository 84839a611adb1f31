//---
// title = "Wallets exposed to a list, group, incident or concept of service, the nearest first"
// doc = "Of wallets that were asked about and recorded. Exposure accuses nobody: an exchange's customer is exposed to all its customers."
// params.category = { type = "text", doc = "for example mitre:G0032, or mixing_service" }
// params.most_hops = { type = "int", default = 5, doc = "transfers to the nearest, at most" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "direction", "kind", "category", "name", "hops", "flow_share", "transfers", "value_usd",
//   "transfers_without_usd", "assets", "amounts", "counterparties", "words", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)-[e:EXPOSED_IN]->(q:Analysis)
WHERE e.category = $category AND e.hops <= $most_hops
  AND coalesce(e.recorded_at <= $as_of, true) AND coalesce(e.retracted_at > $as_of, e.retracted_at IS NULL)
RETURN w.id AS wallet, e.direction AS direction, e.kind AS kind, e.category AS category, e.name AS name, e.hops AS hops,
  e.flow_share AS flow_share, e.transfers AS transfers, e.value_usd AS value_usd,
  e.transfers_without_usd AS transfers_without_usd, e.assets AS assets, e.amounts AS amounts,
  e.counterparties AS counterparties, e.words AS words, q.id AS analysis
ORDER BY hops, flow_share DESC, wallet, direction, kind, analysis
