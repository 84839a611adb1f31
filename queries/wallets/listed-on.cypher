//---
// title = "Was the wallet listed on that day in the world, in what was known on that other day"
// doc = """
// A row for every listing, with an answer: yes, no, not stated, or in the last edition (so far, that is: the day is
// after it). It goes by the dates that the list states (listed_from, listed_to) and by the editions it was in:
// seen_from and seen_until had it, gone_by is the first that did not. Between seen_until and gone_by nothing is
// stated, and neither is it before seen_from where the list gives no date. A wallet is not listed before its owner
// is, by the same list. Listings that were taken back by no edition are left out.
// """
// params.wallet = { type = "id", doc = "CAIP-10 id, or the address alone: then on every network it is known on; 0x… in any capitals" }
// params.on = { type = "date", doc = "the day in the world" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "wallet", "listed_by", "listing", "answer", "listed_from", "listed_to", "seen_from", "seen_until", "gone_by",
//   "owner_listed_from", "program", "asset", "source", "evidence",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)
WHERE w.id IN [$wallet, toLower($wallet)] OR w.address IN [$wallet, toLower($wallet)]
MATCH (w)-[c:LISTED_BY]->(list:Source)
WHERE coalesce(c.recorded_at <= $as_of, true)
WITH w, c, list,
  CASE WHEN coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL) THEN null ELSE c.retracted_at END AS retracted
CALL (c, retracted) {
  OPTIONAL MATCH (r:IngestRun {dataset: c.dataset, status: 'done'})
  WHERE r.edition =~ '\\d{4}-\\d{2}-\\d{2}.*' AND coalesce(r.started_at <= $as_of, true)
  WITH c, retracted, r, date(substring(r.edition, 0, 10)) AS edition
  WITH min(CASE WHEN r.id = c.run_id THEN edition END) AS seen_from,
    min(CASE WHEN r.started_at = retracted THEN edition END) AS gone_by,
    collect(CASE WHEN r.started_at >= c.recorded_at AND coalesce(r.started_at < retracted, true) THEN edition END) AS had
  RETURN seen_from, gone_by, reduce(last = seen_from, e IN had | CASE WHEN e > last THEN e ELSE last END) AS seen_until
}
WITH w, c, list, retracted, seen_from, seen_until, gone_by
WHERE retracted IS NULL OR gone_by IS NOT NULL
CALL (w, c, list, retracted) {
  OPTIONAL MATCH (w)-[a:ATTRIBUTED_TO {source_id: c.source_id, dataset: c.dataset}]->(owner)
  WHERE coalesce(a.recorded_at <= $as_of, true)
    AND (coalesce(a.retracted_at > $as_of, a.retracted_at IS NULL) OR a.retracted_at >= retracted)
  OPTIONAL MATCH (owner)-[l:LISTED_BY {source_id: c.source_id, dataset: c.dataset, listing: c.listing}]->(list)
  WHERE coalesce(l.recorded_at <= $as_of, true)
    AND (coalesce(l.retracted_at > $as_of, l.retracted_at IS NULL) OR l.retracted_at >= retracted)
  RETURN date(min(l.valid_from)) AS owner_listed_from
}
WITH w, c, list, seen_from, seen_until, gone_by, owner_listed_from,
  date(c.valid_from) AS listed_from, date(c.valid_to) AS listed_to
RETURN w.id AS wallet, list.id AS listed_by, c.listing AS listing,
  CASE
    WHEN $on < listed_from OR $on >= listed_to OR $on >= gone_by THEN 'no'
    WHEN listed_from IS NULL AND $on < owner_listed_from THEN 'no'
    WHEN NOT (coalesce($on >= listed_from, false) OR coalesce($on >= seen_from, false)) THEN 'not stated'
    WHEN listed_to IS NOT NULL OR seen_until IS NULL OR $on <= seen_until THEN 'yes'
    WHEN gone_by IS NULL THEN 'in the last edition'
    ELSE 'not stated'
  END AS answer,
  listed_from, listed_to, seen_from, seen_until, gone_by, owner_listed_from, c.program AS program, c.asset AS asset,
  c.source_id AS source, c.evidence AS evidence
ORDER BY wallet, listed_by, listing, source, asset, program, listed_from, listed_to, seen_from, seen_until, gone_by,
  owner_listed_from, answer, evidence
