"""Which contracts the well-known token symbols belong to, and which characters look like which.

Contracts: Uniswap's default token list (github.com/Uniswap/default-token-list, MIT); stETH and BNB Smart Chain's
USDT and USDC as their issuers publish them. A symbol that is not here can be imitated unseen; a network that has no
entry for a symbol is not judged by it. Characters: those of Unicode's confusables (UTS 39, confusables.txt) that turn
into letters and digits of a token's symbol; fullwidth, bold and similar forms fall together by NFKD.
"""

from __future__ import annotations

import unicodedata

from workbench.model.networks import BY_CAIP2, NETWORKS

_CONTRACTS = {
    "eth": {
        "WETH": "c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", "DAI": "6b175474e89094c44da98b954eedeac495271d0f",
        "USDT": "dac17f958d2ee523a2206206994597c13d831ec7", "USDC": "a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",
        "WBTC": "2260fac5e5542a773aa44fbcfedf7c193bc2c599", "STETH": "ae7ab96520de3a18e5e111b5eaab095312d7fe84",
        "UNI": "1f9840a85d5af5bf1d1762f925bdaddc4201f984", "MKR": "9f8f72aa9304c8b593d555f12ef6589cc3a579a2",
        "LINK": "514910771af9ca656af840dff83e8264ecf986ca", "AAVE": "7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9",
        "MATIC": "7d1afa7b718fb893db30a3abc0cfc608aacfebb0", "SHIB": "95ad61b0a150d79219dcf64e1e6cc01f0b64c4ce",
        "BUSD": "4fabb145d64652a948d72533023f6e7a623c7c53", "FRAX": "853d955acef822db058eb8505911ed77f175b99e",
        "PEPE": "6982508145454ce325ddbe47a25d4ec3d2311933", "CRO": "a0b73e1ff0b80914ab6fe0444e65848c4c34450b",
    },
    "polygon": {
        "WETH": "7ceb23fd6bc0add59e62ac25578270cff1b9f619", "DAI": "8f3cf7ad23cd3cadbd9735aff958023239c6a063",
        "USDT": "c2132d05d31c914a87c6611c10748aeb04b58e8f", "USDC.E": "2791bca1f2de4661ed88a30c99a7a9449aa84174",
        "USDC": "3c499c542cef5e3811e1192ce70d8cc03d5c3359 2791bca1f2de4661ed88a30c99a7a9449aa84174",
        "WBTC": "1bfd67037b42cf73acf2047067bd4f2c47d9bfd6", "WMATIC": "0d500b1d8e8ef31e21c99d1db9a6444d3adf1270",
    },
    "bsc": {
        "USDT": "55d398326f99059ff775485246999027b3197955", "USDC": "8ac76a51cc950d9822d68b83fe1ad97b32cd580d",
        "WBNB": "bb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c",
    },
    "base": {
        "WETH": "4200000000000000000000000000000000000006", "DAI": "50c5725949a6f0c72e6c4a641f24049a917db0cb",
        "USDC": "833589fcd6edb6e08f4c7c32d4f71b54bda02913", "USDBC": "d9aaec86b65d86f6a7b5b1b0c42ffa531710b6ca",
    },
    "optimism": {
        "USDC": "0b2c639c533813f4aa9d7837caf62653d097ff85 7f5c764cbc14f9669b88837ca1490cca17c31607",
        "USDC.E": "7f5c764cbc14f9669b88837ca1490cca17c31607",
    },
    "avalanche": {
        "WAVAX": "b31f66aa3c1e785363f0875a1b74e27b85fd66c7", "USDC": "b97ef9ef8734c71904d8002f8b6bc66dd9c48a6e",
    },
}  # fmt: skip

_LOOKS_LIKE = {
    "A": "АΑᎪꓮ", "B": "ВΒᏴꓐ", "C": "СϹᏟꓚ", "D": "Ꭰꓓ", "E": "ЕΕᎬꓰ", "F": "ϜꓝҒ", "G": "ԌᏀꓖ", "H": "НΗᎻꓧ", "I": "ІΙӀꓲ1l|!",
    "J": "ЈᎫꓙͿ", "K": "КΚᏦꓗ", "L": "ᏞꓡⅬ", "M": "МΜᎷꓟ", "N": "ΝꓠИ", "O": "ОΟՕꓳ0Ө", "P": "РΡᏢꓑ", "Q": "Ԛ", "R": "ᎡᏒꓣ",
    "S": "ЅՏᏚꓢ5$", "T": "ТΤᎢꓔ₮", "U": "ՍꓴሀԱ", "V": "ѴᏙꓦ", "W": "ԜᎳꓪ", "X": "ХΧꓫ", "Y": "ҮΥꓬ", "Z": "ΖᏃꓜ",
    "a": "аɑα", "c": "сϲ", "e": "еҽ", "h": "һ", "i": "іι", "j": "јϳ", "k": "κк", "n": "ո", "o": "оοօ", "p": "рρ",
    "s": "ѕ", "t": "т", "u": "υս", "v": "νѵ", "w": "ԝա", "x": "хχ", "y": "уү",
}  # fmt: skip
_SAME = {ord(other): letter for letter, others in _LOOKS_LIKE.items() for other in others}


def skeleton(symbol: str) -> str:
    """What a symbol looks like: two that look alike have one skeleton. Invisible marks, spaces and accents go."""
    seen = unicodedata.normalize("NFKD", symbol).translate(_SAME)
    seen = "".join(c for c in unicodedata.normalize("NFKD", seen) if unicodedata.category(c)[0] not in "MCZ")
    return seen.upper().translate(_SAME)


def imitated(asset: str, symbol: str) -> str | None:
    """The well-known token or coin that a token's symbol imitates; None where it does not, or is the token itself."""
    network_id, _, token = asset.partition("/")
    network = BY_CAIP2.get(network_id)
    if network is None or not token.startswith(("erc20:0x", "erc20x18:0x")):  # x18: its decimals were not known
        return None
    contract, shape = token.partition(":0x")[2], skeleton(symbol)
    for known, contracts in _CONTRACTS.get(network.name, {}).items():
        if contract in contracts.split() and shape == skeleton(known):
            return None
    if any(contract in contracts.split() for contracts in _CONTRACTS.get(network.name, {}).values()):
        return None  # the contract is known, whatever somebody writes beside it
    for known in _CONTRACTS.get(network.name, {}):
        if shape == skeleton(known):
            return known
    return network.native if shape == skeleton(NETWORKS[network.name].native) else None


__all__ = ["imitated", "skeleton"]
