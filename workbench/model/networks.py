"""The networks an address can live on, each with its CAIP-2 chain id.

CAIP-2 references come from the ChainAgnostic namespace registry (eip155, bip122, solana, xrpl,
monero, stellar, cip34, polkadot), and for Zcash from the hash of its first block as bip122 prescribes. Where the
registry has no namespace (TRON, Dash, …) the id is `<network>:mainnet`, and `registered` is False.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.errors import RecordError

Family = Literal["evm", "bitcoin", "bitcoin-cash", "tron", "solana", "xrp", "monero", "stellar", "cardano", "polkadot"]


@dataclass(frozen=True)
class Network:
    """One network: the short name used in data, its CAIP-2 id and how its addresses are checked."""

    name: str
    caip2: str
    title: str
    family: Family
    native: str
    """Ticker of the native asset."""
    decimals: int
    """Decimal places of the native asset: how many base units one coin is, as a power of ten."""
    coin: str | None = None
    """The bip-utils coin configuration that has the address versions."""
    registered: bool = True


def _evm(name: str, chain: int, title: str, native: str) -> Network:
    return Network(name, f"eip155:{chain}", title, "evm", native, 18)


_ALL = (
    _evm("eth", 1, "Ethereum", "ETH"),
    _evm("optimism", 10, "OP Mainnet", "ETH"),
    _evm("bsc", 56, "BNB Smart Chain", "BNB"),
    _evm("etc", 61, "Ethereum Classic", "ETC"),
    _evm("polygon", 137, "Polygon", "POL"),
    _evm("fantom", 250, "Fantom", "FTM"),
    _evm("base", 8453, "Base", "ETH"),
    _evm("arbitrum", 42161, "Arbitrum One", "ETH"),
    _evm("avalanche", 43114, "Avalanche C-Chain", "AVAX"),
    _evm("ronin", 2020, "Ronin", "RON"),
    Network("btc", "bip122:000000000019d6689c085ae165831e93", "Bitcoin", "bitcoin", "BTC", 8, "BitcoinMainNet"),
    Network("ltc", "bip122:12a765e31ffd4059bada1e25190f6e98", "Litecoin", "bitcoin", "LTC", 8, "LitecoinMainNet"),
    Network("doge", "bip122:1a91e3dace36e2be3bf030a65679fe82", "Dogecoin", "bitcoin", "DOGE", 8, "DogecoinMainNet"),
    Network("zec", "bip122:00040fe8ec8471911baa1db1266ea15d", "Zcash", "bitcoin", "ZEC", 8, "ZcashMainNet"),
    Network("dash", "dash:mainnet", "Dash", "bitcoin", "DASH", 8, "DashMainNet", registered=False),
    Network("bsv", "bsv:mainnet", "Bitcoin SV", "bitcoin", "BSV", 8, "BitcoinSvMainNet", registered=False),
    Network("btg", "btg:mainnet", "Bitcoin Gold", "bitcoin", "BTG", 8, None, registered=False),
    Network("xvg", "xvg:mainnet", "Verge", "bitcoin", "XVG", 6, "Verge", registered=False),
    Network(
        "bch",
        "bip122:000000000000000000651ef99cb9fcbe",
        "Bitcoin Cash",
        "bitcoin-cash",
        "BCH",
        8,
        "BitcoinCashMainNet",
    ),
    Network("trx", "tron:mainnet", "TRON", "tron", "TRX", 6, registered=False),
    Network("sol", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "Solana", "solana", "SOL", 9),
    Network("xrp", "xrpl:0", "XRP Ledger", "xrp", "XRP", 6),
    Network("xmr", "monero:418015bb9ae982a1975da7d79277c270", "Monero", "monero", "XMR", 12),
    Network("ada", "cip34:1-764824073", "Cardano", "cardano", "ADA", 6),
    Network("dot", "polkadot:91b171bb158e2d3848fa23a9f1c25182", "Polkadot", "polkadot", "DOT", 10),
    Network("xlm", "stellar:pubnet", "Stellar", "stellar", "XLM", 7),
)

NETWORKS: dict[str, Network] = {network.name: network for network in _ALL}
BY_CAIP2: dict[str, Network] = {network.caip2: network for network in _ALL}

# What sources write where they mean a network. A ticker names the chain of its native asset only;
# tokens (USDT, USDC) are deliberately absent: the asset is not the chain.
_ALIASES = {
    "ethereum": "eth", "mainnet": "eth", "evm": "eth", "bitcoin": "btc", "xbt": "btc", "bnb": "bsc",
    "binance smart chain": "bsc", "bnb smart chain": "bsc", "tron": "trx", "litecoin": "ltc", "dogecoin": "doge",
    "zcash": "zec", "bitcoin cash": "bch", "bitcoin sv": "bsv", "bitcoin gold": "btg", "verge": "xvg",
    "solana": "sol", "ripple": "xrp", "xrpl": "xrp", "monero": "xmr", "stellar": "xlm",
    "cardano": "ada", "polkadot": "dot", "arb": "arbitrum",
    "matic": "polygon", "pol": "polygon", "avax": "avalanche", "ftm": "fantom", "op": "optimism",
}  # fmt: skip


def network_named(text: str) -> Network:
    """The network a name, ticker or CAIP-2 id stands for.

    Raises RecordError for a name that stands for no network, such as a token's ticker.
    """
    key = text.strip()
    if key in BY_CAIP2:
        return BY_CAIP2[key]
    lowered = key.lower()
    found = NETWORKS.get(lowered) or NETWORKS.get(_ALIASES.get(lowered, ""))
    if found is None:
        raise RecordError(f"{text!r} is not a network this workbench knows", field="network", value=text)
    return found
