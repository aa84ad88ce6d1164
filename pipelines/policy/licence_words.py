"""The words of licences: data for `pipelines.policy.licences`."""

PARTS: dict[str, str] = {
    "by": "BY",
    "attribution": "BY",
    "nc": "NC",
    "noncommercial": "NC",
    "sa": "SA",
    "sharealike": "SA",
    "nd": "ND",
    "noderivs": "ND",
    "noderivatives": "ND",
    "noderivative": "ND",
}
"""Words of Creative Commons licences, to the letters of their ids."""

VERSIONS = frozenset(("1.0", "2.0", "2.1", "2.5", "3.0", "4.0"))
"""Versions of Creative Commons licences, ports included."""

FILLERS = frozenset(
    ("cc", "creative", "commons", "license", "licence", "licensed", "under", "the", "a", "public",
     "version", "international", "unported", "generic", "intl", "deed")
)  # fmt: skip
"""Words that change nothing."""

PUBLIC_DOMAIN: dict[str, tuple[str, str | None]] = {
    **dict.fromkeys(
        ("cc0", "cc0 1.0", "cc 0", "cc zero", "cc 0 1.0", "cc zero 1.0", "creative commons 0",
         "creative commons zero", "creative commons 0 1.0", "creative commons zero 1.0",
         "cc0 1.0 universal", "cc0 universal", "creative commons cc0", "creative commons cc0 1.0",
         "cc0 1.0 universal domain dedication",
         "cc0 1.0 universal cc0 1.0 domain dedication", "cc0 domain dedication",
         "cc0 1.0 domain dedication"),
        ("CC0", "1.0"),
    ),
    **dict.fromkeys(
        ("domain mark", "domain mark 1.0", "pdm", "pdm 1.0", "cc pdm", "cc pdm 1.0",
         "creative commons domain mark", "creative commons domain mark 1.0"),
        ("CC-PDM", "1.0"),
    ),
    "cc pddc": ("CC-PDDC", None),
    **dict.fromkeys(("domain", "pd", "domain dedication"), ("LicenseRef-public-domain", None)),
}  # fmt: skip
"""Spellings without their fillers (`public` is one), to base and version."""

OTHERS: dict[str, tuple[str, str | None, str]] = {
    **dict.fromkeys(("mit", "mit license", "the mit license"), ("MIT", None, "permissive")),
    **dict.fromkeys(
        ("apache", "apache 2", "apache 2.0", "apache license 2.0", "apache license version 2.0",
         "apache2.0"),
        ("Apache", "2.0", "permissive"),
    ),
    **dict.fromkeys(("bsd", "bsd license"), ("BSD", None, "permissive")),
    "bsd 3 clause": ("BSD-3-Clause", None, "permissive"),
    "bsd 2 clause": ("BSD-2-Clause", None, "permissive"),
    "cdla permissive 1.0": ("CDLA-Permissive", "1.0", "permissive"),
    "cdla permissive 2.0": ("CDLA-Permissive", "2.0", "permissive"),
    "creative commons attribution license reuse allowed": ("CC-BY", None, "attribution"),
    **dict.fromkeys(("odc by", "odc by 1.0"), ("ODC-By", "1.0", "attribution")),
    **dict.fromkeys(("odbl", "odbl 1.0", "odc odbl"), ("ODbL", "1.0", "share-alike")),
    **dict.fromkeys(("pddl", "pddl 1.0"), ("PDDL", "1.0", "public-domain")),
    "unlicense": ("Unlicense", None, "public-domain"),
    **dict.fromkeys(
        ("sampling+", "sampling+ 1.0", "cc sampling+ 1.0", "cc sampling plus 1.0", "sampling plus",
         "sampling plus 1.0", "creative commons sampling+", "creative commons sampling plus 1.0"),
        ("CC-Sampling-Plus", "1.0", "sampling"),
    ),
    **dict.fromkeys(
        ("non commercial", "noncommercial", "non commercial use", "non commercial use only",
         "noncommercial use only", "non commercial only", "for non commercial use only",
         "license non commercial", "other nc"),
        ("LicenseRef-non-commercial", None, "non-commercial"),
    ),
    **dict.fromkeys(
        ("academic", "academic only", "academic use", "academic use only", "research only",
         "research use only", "academic research only", "academic research use only",
         "for academic use only", "for research use only", "non commercial academic",
         "non commercial research", "non commercial research use only",
         "non commercial research purposes only", "academic purposes only"),
        ("LicenseRef-academic", None, "academic"),
    ),
    **dict.fromkeys(
        ("all rights reserved", "proprietary", "copyright", "copyrighted", "youtube",
         "standard youtube license", "youtube standard license", "fma limited download only"),
        ("LicenseRef-proprietary", None, "proprietary"),
    ),
}  # fmt: skip
"""Whole spellings to base, version and family."""

JURISDICTIONS: dict[str, str] = {
    "united states": "us", "usa": "us", "argentina": "ar", "armenia": "am", "australia": "au",
    "austria": "at", "azerbaijan": "az", "belgium": "be", "brazil": "br", "bulgaria": "bg",
    "canada": "ca", "chile": "cl", "china": "cn", "mainland china": "cn", "colombia": "co",
    "costa rica": "cr", "croatia": "hr", "czech republic": "cz", "denmark": "dk", "ecuador": "ec",
    "egypt": "eg", "estonia": "ee", "finland": "fi", "france": "fr", "georgia": "ge",
    "germany": "de", "greece": "gr", "guatemala": "gt", "hong kong": "hk", "hungary": "hu",
    "igo": "igo", "india": "in", "ireland": "ie", "israel": "il", "italy": "it", "japan": "jp",
    "korea": "kr", "south korea": "kr", "luxembourg": "lu", "macedonia": "mk", "malaysia": "my",
    "malta": "mt", "mexico": "mx", "netherlands": "nl", "new zealand": "nz", "norway": "no",
    "peru": "pe", "philippines": "ph", "poland": "pl", "portugal": "pt", "puerto rico": "pr",
    "romania": "ro", "serbia": "rs", "singapore": "sg", "slovenia": "si", "south africa": "za",
    "spain": "es", "sweden": "se", "switzerland": "ch", "taiwan": "tw", "thailand": "th",
    "uganda": "ug", "ukraine": "ua", "england and wales": "uk", "uk": "uk",
    "uk england wales": "uk", "uk england and wales": "uk", "united kingdom": "uk",
    "scotland": "scotland", "uk scotland": "scotland",
    "venezuela": "ve", "vietnam": "vn",
}  # fmt: skip
"""Countries to which Creative Commons licences were ported, to the codes of their URLs."""
