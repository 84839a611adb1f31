//---
// title = "The largest transfers: in US dollars at the time, or of one asset"
// doc = "amount is exact, in base units of the asset, as text; rank_value is what the rows are ranked by."
// params.asset = { type = "id", optional = true, doc = "asset id; without it, transfers whose value in dollars is known" }
// params.since = { type = "datetime", optional = true, doc = "from this time on" }
// params.until = { type = "datetime", optional = true, doc = "before this time" }
// params.rows = { type = "int", default = 50, doc = "rows at most" }
// returns = [
//   "time", "sender", "receiver", "asset", "amount", "usd", "rank_value", "transfer", "source",
// ]
// maturity = "stable"
//---
MATCH (a:Wallet)-[t:SENT]->(b:Wallet)
WHERE (t.asset = $asset OR ($asset IS NULL AND t.usd IS NOT NULL))
  AND coalesce(t.time >= $since, true) AND coalesce(t.time < $until, true)
RETURN t.time AS time, a.id AS sender, b.id AS receiver, t.asset AS asset, t.amount AS amount, t.usd AS usd,
  CASE WHEN $asset IS NULL THEN t.usd ELSE t.value END AS rank_value, t.id AS transfer, t.source_id AS source
ORDER BY rank_value DESC, transfer
LIMIT $rows
