//---
// title = "Wallets about which nobody says anything, the busiest first"
// params.rows = { type = "int", default = 1000, doc = "rows at most" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["wallet", "network", "transfers"]
// maturity = "stable"
//---
MATCH (w:Wallet)
WHERE NOT EXISTS {
  MATCH (w)-[c:ATTRIBUTED_TO|CONTROLS|INVOLVES|IN_CLUSTER|LISTED_BY|NAMED]-()
  WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
}
RETURN w.id AS wallet, w.network AS network, COUNT { (w)-[:SENT|INPUT|OUTPUT]-() } AS transfers
ORDER BY transfers DESC, wallet
LIMIT $rows
