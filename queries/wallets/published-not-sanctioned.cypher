//---
// title = "Wallets that somebody published and nobody has sanctioned"
// doc = "Published is not sanctioned: dealing with these wallets is not forbidden by a list that is in the graph."
// params.as_of = { type = "datetime", optional = true, doc = "what was known then; without it, what is known now" }
// returns = ["wallet", "network", "sources", "labels"]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:LISTED_BY {listing: 'published'}]->(s:Source)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
  AND NOT EXISTS {
    MATCH (w)-[x:LISTED_BY {listing: 'sanctioned'}]->(:Source)
    WHERE coalesce(x.recorded_at <= $as_of, true) AND coalesce(x.retracted_at > $as_of, x.retracted_at IS NULL)
  }
WITH w, s, c ORDER BY s.id, c.label
RETURN w.id AS wallet, w.network AS network, collect(DISTINCT s.id) AS sources, collect(DISTINCT c.label) AS labels
ORDER BY wallet
