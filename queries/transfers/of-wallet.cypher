//---
// title = "Transfers in and out of one wallet in the order of the ledger"
// doc = "amount is exact, in base units of the asset, as text; a position is known where the source gives one."
// params.wallet = { type = "id", doc = "CAIP-10 id, or the address alone: then on every network it is known on" }
// params.since = { type = "datetime", optional = true, doc = "from this time on" }
// params.until = { type = "datetime", optional = true, doc = "before this time" }
// returns = [
//   "wallet", "time", "position", "direction", "counterparty", "asset", "amount", "usd", "transfer",
//   "source",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)
WHERE w.id IN [$wallet, toLower($wallet)] OR w.address IN [$wallet, toLower($wallet)]
MATCH (w)-[t:SENT]-(o:Wallet)
WHERE coalesce(t.time >= $since, true) AND coalesce(t.time < $until, true)
RETURN w.id AS wallet, t.time AS time, t.position AS position,
  CASE WHEN o = w THEN 'self' WHEN startNode(t) = w THEN 'out' ELSE 'in' END AS direction, o.id AS counterparty,
  t.asset AS asset, t.amount AS amount, t.usd AS usd, t.id AS transfer, t.source_id AS source
ORDER BY wallet, time, position, transfer
