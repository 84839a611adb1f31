//---
// title = "Wallets that sources say a service controls"
// params.service = { type = "id", doc = "for example tornado-cash" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["wallet", "network", "role", "source", "confidence", "method", "evidence"]
// maturity = "stable"
//---
MATCH (:Service {id: $service})-[c:CONTROLS]->(w:Wallet)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN w.id AS wallet, w.network AS network, c.role AS role, c.source_id AS source, c.confidence AS confidence,
  c.method AS method, c.evidence AS evidence
ORDER BY wallet, role, source, confidence, method, evidence
