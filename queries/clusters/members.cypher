//---
// title = "The wallets of a cluster"
// params.cluster = { type = "id", doc = "id of a cluster, as clusters/overview lists them" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["wallet", "network", "source", "method", "defect", "recorded_at"]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:IN_CLUSTER]->(:Cluster {id: $cluster})
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN w.id AS wallet, w.network AS network, c.source_id AS source, c.method AS method, c.defect AS defect,
  c.recorded_at AS recorded_at
ORDER BY wallet, source, method, recorded_at, defect
