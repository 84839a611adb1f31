//---
// title = "What tokens call themselves, and which source says so"
// doc = "A symbol is chosen by whoever deployed the contract, and says nothing about what a token is. Rival symbols of one contract are rows of their own."
// params.asset = { type = "id", optional = true, doc = "asset id, for example eip155:1/erc20:0x…; without it, all" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// params.rows = { type = "int", default = 1000, doc = "rows at most" }
// returns = ["asset", "symbol", "name", "decimals", "sources"]
// maturity = "stable"
//---
MATCH (s:Source)-[c:DESCRIBES_TOKEN]->(t:Token)
WHERE coalesce(t.id = $asset, true)
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH t, c, s.id AS source ORDER BY source
RETURN t.id AS asset, c.symbol AS symbol, c.name AS name, c.decimals AS decimals, collect(DISTINCT source) AS sources
ORDER BY asset, symbol, name, decimals
LIMIT $rows
