//---
// title = "How many wallets each source claims for each actor group"
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["actor", "actor_name", "source", "source_title", "wallets", "networks", "min_confidence", "max_confidence"]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:ATTRIBUTED_TO]->(a:ActorGroup|Person|Organisation)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
MATCH (s:Source {id: c.source_id})
WITH a, s, c, w ORDER BY w.network
RETURN a.id AS actor, a.name AS actor_name, s.id AS source, s.title AS source_title,
  count(DISTINCT w) AS wallets, collect(DISTINCT w.network) AS networks,
  min(c.confidence) AS min_confidence, max(c.confidence) AS max_confidence
ORDER BY wallets DESC, actor, source
