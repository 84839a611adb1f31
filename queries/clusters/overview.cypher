//---
// title = "Every cluster with its size, whose it is claimed to be, and what is wrong with it"
// doc = "By what computed it (or who says so). owners are claims about members; a cluster with a defect has no owner."
// params.source = { type = "id", optional = true, doc = "clusters of this source alone, for example clustering" }
// params.least = { type = "int", default = 2, doc = "wallets, at least" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["cluster", "heuristic", "source", "dataset", "wallets", "networks", "owners", "defect"]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:IN_CLUSTER]->(k:Cluster)
WHERE coalesce(c.source_id = $source, true)
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
WITH k, c.source_id AS source, c.dataset AS dataset, w, c.defect AS defect, w.network AS network
ORDER BY network
WITH k, source, dataset, collect(DISTINCT w) AS members, collect(DISTINCT network) AS networks, max(defect) AS defect
WHERE size(members) >= $least
CALL (members, defect) {
  UNWIND members AS w
  MATCH (w)-[o:CONTROLS|ATTRIBUTED_TO]-(s:Service|ActorGroup|Person|Organisation)
  WHERE defect IS NULL
    AND coalesce(o.recorded_at <= $as_of, true) AND coalesce(o.retracted_at > $as_of, o.retracted_at IS NULL)
  WITH DISTINCT s.name AS name ORDER BY name
  RETURN collect(name) AS owners
}
RETURN k.id AS cluster, k.heuristic AS heuristic, source, dataset, size(members) AS wallets, networks, owners, defect
ORDER BY wallets DESC, cluster, source, dataset
