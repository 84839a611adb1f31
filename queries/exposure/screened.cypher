//---
// title = "What the recorded screenings answered, wallet by wallet"
// doc = "no hit: nothing in what was loaded then, which is no finding that there is none. Wallets of a list that the graph does not know have no row."
// params.status = { type = "text", optional = true, doc = "hit, direct, indirect, service, uncounted, mentioned or no hit alone" }
// params.wallet = { type = "id", optional = true, doc = "CAIP-10 id of one wallet" }
// params.analysis = { type = "id", optional = true, doc = "one screening alone, as analyses/overview lists them" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "status", "words", "own_hits", "direct_categories", "indirect_categories", "nearest_hops",
//   "uncounted_transfers", "transfers", "sources", "recorded_at", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)-[s:SCREENED_IN]->(q:Analysis)
WHERE coalesce(s.status = $status, true) AND coalesce(w.id = $wallet, true) AND coalesce(q.id = $analysis, true)
  AND coalesce(s.recorded_at <= $as_of, true) AND coalesce(s.retracted_at > $as_of, s.retracted_at IS NULL)
RETURN w.id AS wallet, s.status AS status, s.words AS words, s.own_hits AS own_hits,
  s.direct_categories AS direct_categories, s.indirect_categories AS indirect_categories,
  s.nearest_hops AS nearest_hops, s.uncounted_transfers AS uncounted_transfers, s.transfers AS transfers,
  s.sources AS sources, s.recorded_at AS recorded_at, q.id AS analysis
ORDER BY wallet, analysis, status
