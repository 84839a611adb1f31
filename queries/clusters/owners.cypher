//---
// title = "Who is claimed to control members of each cluster; rival names side by side"
// doc = "A claim about one member is not a claim about the others. Where names is above 1 the cluster or a claim is wrong."
// params.cluster = { type = "id", optional = true, doc = "one cluster alone" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "cluster", "owner", "owner_name", "owner_kind", "claim", "source", "wallets_claimed", "wallets", "names", "defect",
// ]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:IN_CLUSTER]->(k:Cluster)
WHERE coalesce(k.id = $cluster, true)
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH k, collect(DISTINCT w) AS members, max(c.defect) AS defect
CALL (members) {
  UNWIND members AS w
  MATCH (w)-[o:CONTROLS|ATTRIBUTED_TO]-(s:Service|ActorGroup|Person|Organisation)
  WHERE coalesce(o.recorded_at <= $as_of, true) AND coalesce(o.retracted_at > $as_of, o.retracted_at IS NULL)
  RETURN s, type(o) AS claim, o.source_id AS source, count(DISTINCT w) AS claimed
}
WITH k, members, defect, collect({s: s, claim: claim, source: source, claimed: claimed}) AS said,
  count(DISTINCT toLower(s.name)) AS names
UNWIND said AS one
RETURN k.id AS cluster, one.s.id AS owner, one.s.name AS owner_name, head(labels(one.s)) AS owner_kind,
  one.claim AS claim, one.source AS source, one.claimed AS wallets_claimed, size(members) AS wallets, names, defect
ORDER BY cluster, owner, claim, source
