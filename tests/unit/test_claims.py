"""Claims: identity, rivalry, immutability."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.graph.schema import edge_kinds, node_kinds
from workbench.model.claims import AttributedTo, Named
from workbench.model.confidence import probability_words
from workbench.model.nodes import Ref

WALLET = Ref("Wallet", "eip155:1:0x098b716b8aaf21512996dc57eb0615e2383e2f96")
LAZARUS = Ref("ActorGroup", "mitre:G0032")


def test_the_same_words_of_the_same_source_are_one_claim():
    one = AttributedTo(subject=WALLET, object=LAZARUS, source_id="ofac", confidence=90)
    two = AttributedTo(subject=WALLET, object=LAZARUS, source_id="ofac", confidence=90)
    assert one.claim_id == two.claim_id


def test_another_source_or_another_confidence_is_another_claim():
    base = {"subject": WALLET, "object": LAZARUS, "source_id": "ofac", "confidence": 90}
    ids = {
        AttributedTo(**base).claim_id,
        AttributedTo(**{**base, "source_id": "fbi"}).claim_id,
        AttributedTo(**{**base, "confidence": 50}).claim_id,
        AttributedTo(**{**base, "object": Ref("ActorGroup", "mitre:G0082")}).claim_id,
    }
    assert len(ids) == 4


@given(st.text(min_size=1, max_size=50), st.text(min_size=1, max_size=50))
def test_two_names_share_an_id_only_if_they_are_equal(one, two):
    def made(name):
        return Named(subject=Ref("Source", "s"), object=LAZARUS, source_id="s", name=name).claim_id

    assert (made(one) == made(two)) == (one == two)


def test_every_end_that_a_claim_allows_is_a_kind_of_the_schema():
    labels = set(node_kinds()) | {"*"}
    for kind in edge_kinds().values():
        for starts, stops in kind.ends:
            assert labels.issuperset(starts + stops), kind.type


def test_words_of_icd_203():
    shown = [probability_words(p) for p in (0.0, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0)]
    assert shown == [
        "almost no chance", "almost no chance", "very unlikely", "unlikely", "roughly even chance",
        "likely", "very likely", "almost certain", "almost certain",
    ]  # fmt: skip
