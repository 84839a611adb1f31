"""From what was read to evidence items: namings, and techniques and software, each with all it hangs on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from workbench.analysis.attribution.candidates import Sameness, View
from workbench.analysis.attribution.evidence import NO_ADDRESS, Basis, Features, Naming, NamingKind, carried, origins
from workbench.analysis.attribution.gather import Facts, Said, Use
from workbench.analysis.attribution.links import Link, Path, across_merges, surest
from workbench.analysis.attribution.weights import (
    FEATURE_KINDS,
    ON_TRACE_ERROR,
    chain_error,
    claim_error,
    independent_of,
    same_reference,
)

MOST_NAMINGS = 200


class Items:
    """The evidence items of one incident under one view; `errors` replace assumed error rates."""

    def __init__(self, facts: Facts, view: View, errors: Mapping[str, float]) -> None:
        self._facts = facts
        self._view = view
        self._errors = errors
        self._origins = origins(facts.derived)
        self._names = {group.id: group.name for group in facts.groups}
        self._groups: dict[str, dict[str, Path]] = {}
        self._parts = [Link(s.object, s.subject, self._joining(s, "has as a part")) for s in facts.parts]
        same = [self._same(claim) for claim in facts.same_incident]
        wholes = [Link(s.subject, s.object, self._joining(s, "belongs to")) for s in facts.wholes]
        self._joined = surest([facts.incident], [*same, *(link.back for link in same), *wholes])

    def namings(self) -> tuple[Naming, ...]:
        """Statements about the incident, and namings of wallets its money is in."""
        made = []
        for group in _together(self._facts.statements, lambda s: (s.source_id, s.subject, _reference(s))):
            about = "" if group[0].subject in self._facts.joined else f" for {group[0].subject}"
            what = f"{self._named(group)} named by {self._title(group[0])}{about}"
            made.append(self._naming("statement", what, group, self._joined.get(group[0].subject, ())))
        made += self._wallets()
        merges = [self._same(claim) for claim in self._view.merged_by]
        made = across_merges(made, self._groups, self._view, [*merges, *(link.back for link in merges)])
        made.sort(key=lambda n: (n.kind != "statement", n.error, n.key))
        if len(made) > MOST_NAMINGS:
            self._facts.remarks.append(f"{len(made) - MOST_NAMINGS:,} weaker namings of wallets are left out")
        return tuple(made[:MOST_NAMINGS])

    def features(self, view: View) -> tuple[Features, ...]:
        """Techniques and software of the incident, and what each candidate is known to use for other reasons."""
        facts = self._facts
        own = {
            ref
            for text in [*(c for use in facts.uses for c in use.citations), *(s.url for s in facts.statements)]
            if (ref := same_reference(text))
        }
        names = {use.feature: use.name for use in facts.uses}
        made = []
        for kind in FEATURE_KINDS:
            seen: dict[str, tuple[Basis, ...]] = {}
            for use in facts.uses:
                if use.label == kind:
                    seen[use.feature] = (*seen.get(use.feature, ()), self._seen(use))
            known: dict[str, dict[str, tuple[Basis, ...]]] = {c.id: {} for c in view.candidates}
            for use in facts.group_uses:
                candidate = known.get(view.of_group.get(use.user, ""))
                if use.label == kind and candidate is not None and independent_of(use.citations, own):
                    candidate[use.feature] = (*candidate.get(use.feature, ()), self._used(use))
            made.append(Features(kind, seen, known, names))
        return tuple(made)

    def _basis(self, said: Said) -> Basis:
        vouching = self._facts.vouching
        whose = said.source_id, said.run_id
        error = claim_error(vouching.kind(*whose), said.confidence, said.grade, self._errors)
        file, remarks = vouching.file(said.run_id), vouching.remarks(*whose)
        return Basis(said.claim_id, said.source_id, error, said.url, file, remarks)

    def _joining(self, said: Said, how: str) -> Basis:
        basis = self._basis(said)
        ends = (said.object, said.subject) if how == "has as a part" else (said.subject, said.object)
        one, other = (self._names.get(id_, id_)[:120] for id_ in ends)
        if one == other:  # two catalogues' groups of one name
            one, other = (id_[:120] for id_ in ends)
        remark = f"{one} {how} {other} on the word of {self._title(said)[:120]}"
        return replace(basis, remarks=(remark, *basis.remarks))

    def _same(self, claim: Sameness) -> Link:
        said = Said(claim.claim_id, claim.source_id, claim.one, claim.other, claim.confidence, run_id=claim.run_id)
        return Link(claim.one, claim.other, self._joining(said, "is joined with"))

    def _naming(
        self, kind: NamingKind, what: str, said: list[Said], links: Sequence[Basis] = (),
        assumed: tuple[float, ...] = (),
    ) -> Naming:  # fmt: skip
        own = sorted((self._basis(s) for s in said), key=lambda b: (-b.error, b.claim_id))
        first, where, vouching = said[0], same_reference(said[0].url), self._facts.vouching
        news = {*self._origins(first.source_id)}
        if where:
            news.add(f"reference:{where}")
        elif not same_reference(vouching.url(first.source_id)):
            news.add(NO_ADDRESS)
        # What one file says in the names of several sources is that file's word only.
        news |= {f"file:{key}" for s in said if (key := vouching.borrowed(s.source_id, s.run_id))}
        chain = carried(own[:1], links) if kind == "statement" else (own[0], *links)
        key = f"{kind}:{'+'.join(b.claim_id for b in chain)}"
        self._groups[key] = surest(sorted({s.object for s in said}), self._parts)
        named = frozenset(self._view.of_group[group] for group in self._groups[key])
        return Naming(key, kind, what, named, chain, tuple(own[1:]), frozenset(news), assumed)

    def _wallets(self) -> list[Naming]:
        best: dict[str, tuple[bool, tuple[Basis, ...]]] = {}

        def rank(found: tuple[bool, tuple[Basis, ...]]) -> tuple[bool, float, str]:
            return found[0], chain_error(b.error for b in found[1]), found[1][0].claim_id

        for said in self._facts.involved:
            found = (said.role == "laundering", (self._basis(said), *self._joined.get(said.subject, ())))
            if said.object not in best or rank(found) < rank(best[said.object]):
                best[said.object] = found

        def step(wallet: str) -> tuple[NamingKind, tuple[Basis, ...], tuple[float, ...]]:
            if wallet not in best:
                return "wallet on the trace", (), (ON_TRACE_ERROR,)
            laundering, links = best[wallet]
            return "wallet", links, (ON_TRACE_ERROR,) if laundering else ()

        made = []
        for group in _together(self._facts.wallet_claims, lambda s: (s.subject, s.source_id, _reference(s))):
            kind, links, assumed = step(group[0].subject)
            what = f"{group[0].subject} claimed for {self._named(group)} by {self._title(group[0])}"
            made.append(self._naming(kind, what, group, links, assumed))
        pairs: dict[tuple[str, ...], list[tuple[Said, Said]]] = defaultdict(list)
        for link, said in self._facts.elsewhere:
            pairs[link.claim_id, said.subject, said.source_id, _reference(said)].append((link, said))
        for together in pairs.values():
            link, group = together[0][0], [said for _, said in together]
            kind, links, assumed = step(link.object)
            what = f"{link.object} is in {link.subject} too: {self._named(group)} named by {self._title(group[0])}"
            made.append(self._naming(kind, what, group, (self._basis(link), *links), assumed))
        return made

    def _seen(self, use: Use) -> Basis:
        """That the incident used something, by the word also of those who join it with what the claim is about."""
        needs = self._joined.get(use.user, ())
        used = self._used(use)
        if not needs:
            return used
        stated = {s.claim_id: self._doubt(s, s.confidence) for s in self._facts.wholes}
        stated |= {s.claim_id: self._doubt(s, s.confidence) for s in self._facts.same_incident}
        sound = 1 - used.error
        for need in needs:
            sound *= 1 - stated[need.claim_id]
        return replace(used, error=1 - sound, needs=needs)

    def _used(self, use: Use) -> Basis:
        vouching = self._facts.vouching
        file, remarks = vouching.file(use.run_id), vouching.remarks(use.source_id, use.run_id)
        return Basis(use.claim_id, use.source_id, self._doubt(use, use.confidence), use.url, file, remarks)

    def _doubt(self, claim: Said | Sameness | Use, confidence: int | None) -> float:
        # A catalogue's entries are taken as they are, as in the catalogue test, unless the claim itself doubts or
        # a file only says that they are the catalogue's.
        doubt = 0.0 if confidence is None else 1 - confidence / 100
        if self._facts.vouching.borrowed(claim.source_id, claim.run_id):
            return max(doubt, claim_error("user", None, None, self._errors))
        return doubt

    def _named(self, said: Iterable[Said]) -> str:
        return " / ".join(sorted({self._names[s.object] for s in said}))

    def _title(self, said: Said) -> str:
        return self._facts.vouching.title(said.source_id)


def _reference(said: Said) -> str:
    return same_reference(said.url) or ""


def _together(said: Iterable[Said], key: Callable[[Said], tuple[str, ...]]) -> list[list[Said]]:
    """Claims of one statement: the names that one source gives in one place."""
    groups: dict[tuple[str, ...], list[Said]] = defaultdict(list)
    for one in said:
        groups[key(one)].append(one)
    return [groups[k] for k in sorted(groups)]
