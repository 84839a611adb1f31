//---
// title = "Transfers that one source has and one says failed: they count as nothing moved"
// doc = "file_says_succeeded: the file of the transfer says which transactions succeeded, so that the two contradict each other. succeeded_says: all sources whose files say so."
// params.wallet = { type = "id", optional = true, doc = "of this wallet (CAIP-10 id, or the address alone); without it, all" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// params.rows = { type = "int", default = 1000, doc = "rows at most" }
// returns = [
//   "time", "sender", "receiver", "asset", "amount", "transfer", "source", "file", "file_says_succeeded",
//   "succeeded_says", "failed", "failed_says",
// ]
// maturity = "stable"
//---
MATCH (a:Wallet)-[t:ATTEMPTED]->(b:Wallet)
WHERE $wallet IS NULL OR any(w IN [a, b] WHERE w.id IN [$wallet, toLower($wallet)]
  OR w.address IN [$wallet, toLower($wallet)])
WITH a, t, b, split(t.id, '/') AS parts
WITH a, t, b, parts[0] + '/' + parts[1] AS transaction, split(parts[2], '_') AS calls
CALL (t, transaction, calls) {
  UNWIND [transaction, t.id] + [n IN range(0, size(calls) - 1)
    | transaction + '/' + reduce(all = calls[0], i IN range(1, n) | all + '_' + calls[i])] AS part
  WITH DISTINCT part
  MATCH (f:FailedTransaction {id: part})<-[c:REPORTED_FAILED]-()
  WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  WITH f.id AS failed, c.source_id AS source ORDER BY failed, source
  RETURN collect(DISTINCT failed) AS failed, collect(DISTINCT source) AS failed_says
}
WITH a, t, b, failed, failed_says WHERE failed <> []
OPTIONAL MATCH (r:IngestRun {id: t.run_id})
CALL (t, r) {
  UNWIND coalesce(t.succeeded_by, []) + CASE WHEN r.states_status THEN [t.source_id] ELSE [] END AS source
  WITH DISTINCT source ORDER BY source
  RETURN collect(source) AS succeeded_says
}
RETURN t.time AS time, a.id AS sender, b.id AS receiver, t.asset AS asset, t.amount AS amount, t.id AS transfer,
  t.source_id AS source, r.file AS file, coalesce(r.states_status, false) AS file_says_succeeded,
  succeeded_says, failed, failed_says
ORDER BY time, transfer
LIMIT $rows
