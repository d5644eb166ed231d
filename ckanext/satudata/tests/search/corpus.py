"""Seeded documents and queries on which both engines must agree."""

from __future__ import annotations

import random

_TEXT = """
population schools hospitals budget spending road roads bridges water quality rivers pollution traffic
accidents census houses housing income taxes market markets prices rice farming farmers fishing tourism
visitors museum libraries teachers students graduates nursing nurses vaccination births deaths migration
energy electricity wi-fi PowerPoint 2023 e-government COVID-19 O'Neil's café naïve running runs ran data
statistics statistical
"""
WORDS = _TEXT.split()
TAGS = ("health", "education", "public works", "Finance", "open-data", "map", "2023")
ORGS = ("dinas-kesehatan", "dinas-pendidikan", "bappeda", "dispenda")
FORMATS = ("CSV", "XLSX", "PDF", "GeoJSON")
SITE = "compare"
FACETS = ["tags", "organization", "res_format", "license_id"]


def documents(count: int = 150) -> list[dict]:
    """Documents as CKAN hands them to its index."""
    chance = random.Random(2024)
    return [_document(number, chance) for number in range(count)]


def _document(number: int, chance: random.Random) -> dict:
    def text(least: int, most: int) -> str:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(least, most)))

    title = text(2, 6)
    tags = chance.sample(TAGS, chance.randint(0, 3))
    modified = f"20{chance.randint(18, 24)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    return {
        "index_id": f"{SITE}-{number}",
        "id": f"id-{number:04}",
        "name": f"{title.lower().replace(' ', '-')}-{number}".replace("'", "")[:90],
        "site_id": SITE,
        "entity_type": "package",
        "dataset_type": "dataset",
        "state": chance.choice(["active"] * 9 + ["deleted"]),
        "capacity": chance.choice(["public"] * 4 + ["private"]),
        "permission_labels": [chance.choice(["public", "member-a", "member-b"])],
        "title": title,
        "title_string": title,
        "notes": text(5, 40),
        "author": text(1, 2),
        "tags": tags,
        "groups": chance.sample(["ekonomi", "sosial"], chance.randint(0, 2)),
        "organization": chance.choice(ORGS),
        "license_id": chance.choice(["cc-by", "odc-pddl", ""]),
        "res_format": chance.sample(FORMATS, chance.randint(0, 3)),
        "res_name": [text(1, 3)],
        "extras_method": text(1, 4),
        "vocab_sector": [chance.choice(["social sector", "economy"])],
        "metadata_created": "2018-01-01T00:00:00Z",
        "metadata_modified": f"{modified}T10:20:30.{chance.randint(100, 999)}Z",
    }


def queries(count: int = 200) -> list[dict]:
    """Search parameters, as CKAN sends them and as API clients write them; total sort, so that order is compared."""
    chance = random.Random(4711)
    return [_query(chance) for _ in range(count)]


def _query(chance: random.Random) -> dict:
    params: dict = {"rows": 30, "fl": "id", "fq": [f'+site_id:"{SITE}"'], "sort": _sort(chance), "q.op": "AND"}
    params |= {"df": "text", "facet": "true", "facet.field": FACETS, "facet.limit": 50, "facet.mincount": 1}
    kind = chance.random()
    if kind < 0.35:
        params |= {"q": _typed(chance), "defType": "dismax", "tie": "0.1", "mm": "2<-1 5<80%"}
        params["qf"] = "name^4 title^4 tags^2 groups^2 text"
    elif kind < 0.9:
        params["q"] = _lucene(chance, 2)
    else:
        params["q"] = "*:*"
    for _ in range(chance.randint(0, 2)):
        params["fq"].append(_lucene(chance, 1))
    if chance.random() < 0.5:
        params["fq"].append('+permission_labels:("public" OR "member-a")')
    if chance.random() < 0.2:
        params["start"] = chance.randint(1, 20)
    return params


def _sort(chance: random.Random) -> str:
    first = chance.choice(["", "metadata_modified desc, ", "title_string asc, ", "organization desc, license_id asc, "])
    return first + chance.choice(["id asc", "id desc"])


def _typed(chance: random.Random) -> str:
    words = [chance.choice(WORDS) for _ in range(chance.randint(1, 6))]
    style = chance.random()
    if style < 0.2 and len(words) > 1:
        return f'"{words[0]} {words[1]}"'
    if style < 0.35:
        return " ".join([*words[:-1], chance.choice("+-") + words[-1]])
    if style < 0.45 and len(words) > 1:
        return f"{words[0]} {chance.choice(['AND', 'OR', 'NOT'])} {' '.join(words[1:])}"
    if style < 0.55:
        return " ".join(word.upper() for word in words)
    return " ".join(words)


def _lucene(chance: random.Random, depth: int) -> str:
    if depth and chance.random() < 0.5:
        parts = [_lucene(chance, depth - 1) for _ in range(chance.randint(2, 3))]
        joined = parts[0]
        for part in parts[1:]:
            joined += chance.choice([" AND ", " OR ", " ", " AND NOT ", " && ", " || "]) + part
        return f"({joined})" if chance.random() < 0.6 else joined
    return chance.choice(["", "", "", "+", "-"]) + _leaf(chance)


def _leaf(chance: random.Random) -> str:
    word = chance.choice([word for word in WORDS if "'" not in word])
    other = chance.choice([word for word in WORDS if "'" not in word])
    return chance.choice(
        [
            word,
            f"title:{word}",
            f"notes:{word}",
            f"title:({word} OR {other})",
            f'notes:"{word} {other}"',
            f"author:{word}",
            f"extras_method:{word}",
            f"title:{word[:3].lower()}*",
            f"title:{word}^3",
            f"text:{word}",
            f'tags:"{chance.choice(TAGS)}"',
            f"tags:{chance.choice(['health', 'map', 'finance', 'open-data'])}",
            f"tags:{chance.choice(['hea', 'open', 'm'])}*",
            f"organization:{chance.choice(ORGS)}",
            "organization:dinas*n",
            "organization:(bappeda OR dispenda)",
            f"res_format:({chance.choice(FORMATS)} {chance.choice(FORMATS)})",
            "license_id:*",
            "license_id:[c TO d]",
            f"id:[id-00{chance.randint(10, 50)} TO id-01{chance.randint(10, 30)}}}",
            f"metadata_modified:[20{chance.randint(18, 23)}-01-01T00:00:00Z TO *]",
            f"metadata_modified:[2019-01-01T00:00:00Z TO 20{chance.randint(20, 24)}-06-01T00:00:00Z]",
            "capacity:public",
            "state:(active OR draft)",
            "vocab_sector:economy",
            "tags:[* TO *]",
            "*:*",
        ]
    )
