//---
// title = "Hypotheses about who withdrew what was paid into a mixer, the strongest first"
// doc = "None of them is a finding: the mixer hides whose note is whose. rivals: other depositors guessed for it; anonymity_set: notes it can be."
// params.incident = { type = "id", optional = true, doc = "of one incident alone" }
// params.wallet = { type = "id", optional = true, doc = "CAIP-10 id of a depositor or recipient" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "recipient", "depositor", "strength", "heuristics", "rivals", "anonymity_set", "pool_looks_whole",
//   "share_right_measured", "false_positive_rate", "pool", "time", "days_after_first_deposit", "evidence",
//   "transaction", "strength_rank", "analysis",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)-[h:MAY_EXIT_IN]->(q:Analysis)
WHERE coalesce($incident IN q.incidents, true) AND coalesce($wallet IN [w.id, h.depositor], true)
  AND coalesce(h.recorded_at <= $as_of, true) AND coalesce(h.retracted_at > $as_of, h.retracted_at IS NULL)
RETURN w.id AS recipient, h.depositor AS depositor, h.strength AS strength, h.heuristics AS heuristics,
  h.rivals AS rivals, h.anonymity_set AS anonymity_set, h.pool_looks_whole AS pool_looks_whole,
  h.share_right_measured AS share_right_measured, h.false_positive_rate AS false_positive_rate, h.pool AS pool,
  h.time AS time, h.days_after_first_deposit AS days_after_first_deposit, h.evidence AS evidence,
  h.transaction AS transaction, CASE h.strength WHEN 'likely' THEN 1 WHEN 'possible' THEN 2 ELSE 3 END AS strength_rank,
  q.id AS analysis
ORDER BY strength_rank, rivals, time, transaction, depositor, analysis
