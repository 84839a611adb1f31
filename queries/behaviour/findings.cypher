//---
// title = "Patterns of behaviour that were recorded, each with its sentence and the transfers behind it"
// doc = "A pattern is a shape of movement, and no proof of laundering or of whose hand it was. base_rate: how often it is found where nothing is wrong."
// params.incident = { type = "id", optional = true, doc = "of one incident alone" }
// params.pattern = { type = "text", optional = true, doc = "peel-chain, fan-out, …" }
// params.wallet = { type = "id", optional = true, doc = "CAIP-10 id of a wallet that is in it" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "pattern", "wallet", "words", "first_time", "last_time", "value_usd", "base_rate", "wallets", "transfers",
//   "figures", "incidents", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)-[b:SHOWS_PATTERN_IN]->(q:Analysis)
WHERE coalesce($incident IN q.incidents, true) AND coalesce(b.pattern = $pattern, true)
  AND coalesce($wallet IN b.wallets, true)
  AND coalesce(b.recorded_at <= $as_of, true) AND coalesce(b.retracted_at > $as_of, b.retracted_at IS NULL)
RETURN b.pattern AS pattern, w.id AS wallet, b.words AS words, b.first_time AS first_time, b.last_time AS last_time,
  b.value_usd AS value_usd, b.base_rate AS base_rate, b.wallets AS wallets, b.transfers AS transfers,
  b.figures AS figures, q.incidents AS incidents, q.id AS analysis
ORDER BY pattern, first_time, wallet, words, analysis, transfers
