"""Whether a lake may be exported at all: its policy has judged every row, or nobody wants one."""

from dataclasses import dataclass

from pipelines.policy.licences import Licence, known_licence
from pipelines.policy.rules import Policy
from pipelines.policy.step import ApplyPolicy, applied_policy, stale_roots
from schemas.lake import Lake

_LINKS: dict[str, str] = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "freesound": "https://freesound.org/s/{}/",
    "jamendo": "https://www.jamendo.com/track/{}",
}
_DEEDS: dict[str, str] = {
    "CC0": "https://creativecommons.org/publicdomain/zero/{}/",
    "CC-PDM": "https://creativecommons.org/publicdomain/mark/{}/",
}


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Under which policy rows leave, and what it makes of licences."""

    policy: Policy | None
    """None if somebody said plainly that there is none."""

    def licence_id(self, stated: str | None, *, text: bool = False) -> str | None:
        """Return the id of a licence as stated; None if there is none, or it is unknown.

        Args:
            stated: As the source spells it.
            text: Whether it is that of a text.
        """
        licence = None if not stated else self._licence(stated, text=text)
        return licence.id if licence else None

    def _licence(self, stated: str, *, text: bool) -> Licence | None:
        if self.policy is None:
            return known_licence(stated)
        rules = self.policy.licence.of_texts() if text else self.policy.licence
        return rules.licence(stated)


def rights(lake: Lake, *, without_policy: bool) -> Rights:
    """Return under which policy a lake's rows may leave.

    Args:
        lake: The lake.
        without_policy: Whether rows may leave that no policy has judged. Verdicts that stand
            are honoured all the same.

    Raises:
        ValueError: If no policy was applied, or rows came after its verdicts.
    """
    policy = applied_policy(lake)
    if without_policy:
        return Rights(policy=None)
    if policy is None:
        msg = (
            f"no policy was applied to {lake.root}: nobody has looked at its licences; run "
            "`ualm corpus policy` first, or say --without-policy"
        )
        raise ValueError(msg)
    stale = stale_roots(ApplyPolicy(policy=policy), lake)
    if stale:
        msg = (
            f"the verdicts of policy {policy.name!r} are older than the rows of {len(stale)} "
            f"root(s), such as {stale[0]}; run `ualm corpus policy` again, or say --without-policy"
        )
        raise ValueError(msg)
    return Rights(policy=policy)


def link_of(original: str | None, uri: str | None) -> str | None:
    """Return where a recording can be found, as far as its names tell.

    Example:
        >>> link_of("freesound:1234", None)
        'https://freesound.org/s/1234/'
    """
    site, _, name = (original or "").partition(":")
    if name and site in _LINKS:
        return _LINKS[site].format(name)
    if uri and uri.startswith(("http://", "https://")):
        return uri
    return original or uri


def deed_of(licence: str | None) -> str | None:
    """Return the address of a Creative Commons licence with a version; None of others.

    Example:
        >>> deed_of("CC-BY-NC-3.0")
        'https://creativecommons.org/licenses/by-nc/3.0/'
    """
    known = known_licence(licence) if licence else None
    if known is None or known.version is None or not known.base.startswith("CC"):
        return None
    if known.base in _DEEDS:
        return _DEEDS[known.base].format(known.version)
    if known.base.startswith("CC-BY"):
        port = f"{known.port.lower()}/" if known.port else ""
        parts = known.base.removeprefix("CC-").lower()
        return f"https://creativecommons.org/licenses/{parts}/{known.version}/{port}"
    return None
