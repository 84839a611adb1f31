//---
// title = "The clusters a wallet is in, by every run and every source"
// params.wallet = { type = "id", doc = "CAIP-10 id, or the address alone: then on every network it is known on" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["wallet", "cluster", "heuristic", "parameters", "wallets", "source", "method", "defect", "recorded_at"]
// maturity = "stable"
//---
MATCH (w:Wallet)
WHERE w.id IN [$wallet, toLower($wallet)] OR w.address IN [$wallet, toLower($wallet)]
MATCH (w)-[c:IN_CLUSTER]->(k:Cluster)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
CALL (k, c) {
  MATCH (o:Wallet)-[d:IN_CLUSTER]->(k)
  WHERE d.source_id = c.source_id AND coalesce(d.dataset = c.dataset, c.dataset IS NULL)
    AND coalesce(d.recorded_at <= $as_of, true) AND coalesce(d.retracted_at > $as_of, d.retracted_at IS NULL)
  RETURN count(DISTINCT o) AS wallets
}
RETURN w.id AS wallet, k.id AS cluster, k.heuristic AS heuristic, k.parameters AS parameters, wallets,
  c.source_id AS source, c.method AS method, c.defect AS defect, c.recorded_at AS recorded_at
ORDER BY wallet, cluster, source, method, recorded_at, defect
