//---
// title = "Wallets attributed to an actor group, with the claim behind each"
// params.actor_group = { type = "id", doc = "for example graphsense:lazarusgroup; actors/names finds ids, and each catalogue has its own" }
// params.min_confidence = { type = "int", default = 0, doc = "STIX confidence, 0-100; above 0 leaves out claims whose source states none" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["wallet", "network", "confidence", "source", "method", "evidence"]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:ATTRIBUTED_TO]->(:ActorGroup|Organisation {id: $actor_group})
WHERE ($min_confidence <= 0 OR c.confidence >= $min_confidence)
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN w.id AS wallet, w.network AS network, c.confidence AS confidence, c.source_id AS source, c.method AS method,
  c.evidence AS evidence
ORDER BY wallet, source, confidence, method, evidence
