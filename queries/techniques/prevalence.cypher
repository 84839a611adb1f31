//---
// title = "How many groups, campaigns and malware families use each technique"
// doc = "share_of_groups is of the live groups that have any technique. A common technique says little about who it was."
// params.min_groups = { type = "int", default = 1, doc = "only techniques that at least so many groups use" }
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = [
//   "technique", "name", "tactics", "groups", "share_of_groups", "campaigns", "malware",
// ]
// maturity = "stable"
//---
CALL () {
  MATCH (g:ActorGroup {status: 'live'})
  WHERE EXISTS {
    MATCH (g)-[u:USES]->(:Technique {status: 'live'})
    WHERE coalesce(u.recorded_at <= $as_of, true) AND coalesce(u.retracted_at > $as_of, u.retracted_at IS NULL)
  }
  RETURN count(g) AS all_groups
}
MATCH (t:Technique {status: 'live'})
CALL (t) {
  MATCH (o:ActorGroup|Campaign|Malware)-[c:USES]->(t)
  WHERE o.status = 'live'
    AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  RETURN count(DISTINCT CASE WHEN o:ActorGroup THEN o END) AS groups,
    count(DISTINCT CASE WHEN o:Campaign THEN o END) AS campaigns,
    count(DISTINCT CASE WHEN o:Malware THEN o END) AS malware
}
WITH * WHERE groups >= $min_groups
RETURN t.id AS technique, t.name AS name, t.tactics AS tactics, groups,
  CASE WHEN all_groups > 0 THEN round(toFloat(groups) / all_groups, 4) END AS share_of_groups, campaigns, malware
ORDER BY groups DESC, technique
