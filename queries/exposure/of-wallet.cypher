//---
// title = "What the recorded looks at exposure say of one wallet"
// doc = "flow_share is a share of value that flowed, without regard to time: no taint, and no path of money. kind unresolved: the share for which nobody labelled was found."
// params.wallet = { type = "id", doc = "CAIP-10 id, or the address alone: then on every network it is known on" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "direction", "kind", "category", "name", "hops", "flow_share", "transfers", "value_usd",
//   "transfers_without_usd", "assets", "amounts", "counterparties", "words", "recorded_at", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)
WHERE w.id IN [$wallet, toLower($wallet)] OR w.address IN [$wallet, toLower($wallet)]
MATCH (w)-[e:EXPOSED_IN]->(q:Analysis)
WHERE coalesce(e.recorded_at <= $as_of, true) AND coalesce(e.retracted_at > $as_of, e.retracted_at IS NULL)
RETURN w.id AS wallet, e.direction AS direction, e.kind AS kind, e.category AS category, e.name AS name, e.hops AS hops,
  e.flow_share AS flow_share, e.transfers AS transfers, e.value_usd AS value_usd,
  e.transfers_without_usd AS transfers_without_usd, e.assets AS assets, e.amounts AS amounts,
  e.counterparties AS counterparties, e.words AS words, e.recorded_at AS recorded_at, q.id AS analysis
ORDER BY wallet, hops, direction, kind, category, analysis
