"""A demonstration place from one template: the same departments and matters on the map of any place. Pure, no dice.

``places.csv`` says where a place lies and who manages its hotline, ``template/`` what a place consists of,
``divisions/`` the names of its cities, counties and townships. Nothing here knows a place by name.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property, lru_cache
from importlib import resources
from itertools import count, pairwise
from typing import Final

import msgspec
from stdnum.cn import uscc

from yihao.companies.model import CompanyDraft
from yihao.partners.model import PartnerDraft
from yihao.profile.load import load
from yihao.profile.model import TiersRule
from yihao.units.layers import is_rank
from yihao.units.model import LEVELS, UNIT_KIND_ZH, Category, Duty, Level, OrderKind, UnitKind
from yihao.units.planting import Key, PlantedNode, PlantedOfficer, PlantedRow, PlantedUnit, Planting
from yihao.units.rules import covers, significant

MARK: Final = "（演示）"
LENGTHS: Final[dict[int, Level]] = {2: "province", 4: "city", 6: "county", 9: "township"}
"""Digits of a division code to its level (GB/T 2260, GB/T 10114)."""
_KINDS: Final[dict[str, UnitKind]] = {zh: kind for kind, zh in UNIT_KIND_ZH.items()}
_DESK, _TOWN = "zf", "xz"
"""Codes of the managing body and of a township's government, which stand in no template."""
_ROLES: Final[dict[UnitKind, tuple[str, ...]]] = {
    "subcentre": ("unit_receiver", "unit_handler", "subcentre_agent"),
    "kept_seat": ("unit_receiver", "unit_handler", "subcentre_agent"),
    "service_company": ("company",),
    "referral_partner": ("partner",),
}
"""What the first person of such a unit is."""
_DUTIES: Final[tuple[tuple[str, Duty], ...]] = (("经办员", "receiver"), ("经办员", "handler"), ("审核员", "reviewer"))


class Site(msgspec.Struct, frozen=True):
    """Where a demonstration lies: the area codes of the top of its tree and of the place itself (``home``), what
    units of the home are called by (州住房城乡建设局), the managing bodies by level, and how many cities, counties of
    such a city and townships of such a county have an account for each unit."""

    name: str
    root: str
    home: str
    short: str
    managing: dict[Level, str]
    staffed: dict[Level, int]


class Seat(msgspec.Struct, frozen=True):
    """An account to be: ``unit`` is where its unit roles are held."""

    username: str
    name: str
    area_code: str
    roles: tuple[str, ...]
    unit: Key | None = None


class Kind(msgspec.Struct, frozen=True):
    """A unit of the template: ``names`` by level, with {p} for the place's own name; a level without one has none."""

    code: str
    names: dict[Level, str]
    short: str
    kind: UnitKind
    superior: str
    may_register: bool
    line: str | None


class Matter(msgspec.Struct, frozen=True):
    """A class of the template, with the codes of who leads and assists; both empty for a class of classes."""

    category: Category
    lead: str
    assists: tuple[str, ...]
    town_helps: bool
    reports_go_up: bool


def sites() -> dict[str, Site]:
    """The packaged places, in their order."""
    found = {}
    for row in _rows("places.csv"):
        managing: dict[Level, str] = {
            "province": row["省级管理机构"],
            "city": row["市级管理机构"],
            "county": row["县级管理机构"],
        }
        staffed: dict[Level, int] = {
            "city": int(row["配岗市"]),
            "county": int(row["配岗县"]),
            "township": int(row["配岗镇"]),
        }
        found[row["地方"]] = Site(row["地方"], row["根"], row["本级"], row["本级简称"], managing, staffed)
    return found


def categories() -> list[Category]:
    """The classes of matters, the same in each place."""
    return [matter.category for matter in _matters()]


class Plan:
    """The whole of one place: tree, accounts and knowledge."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._units: dict[tuple[str, str], PlantedUnit] = {}

    @cached_property
    def planting(self) -> Planting:
        """The tree."""
        for node in self.nodes:
            self._furnish(node)
        return Planting(
            nodes=self.nodes,
            units=list(self._units.values()),
            officers=list(self._officers()),
            categories=categories(),
            catalogue=list(self._catalogue()),
        )

    @cached_property
    def nodes(self) -> list[PlantedNode]:
        """The home, all that lies in it, and what lies above it; parents first."""
        root, home = significant(self.site.root), significant(self.site.home)
        names = _divisions()
        inside = [code for code in names if code.startswith(home)]
        above = [home[:length] for length in LENGTHS if len(root) <= length < len(home)]
        made: list[PlantedNode] = []
        for code in sorted(above, key=len) + sorted(inside, key=lambda code: (len(code), code)):
            parent = max(
                (one for one in (*above, *inside) if code.startswith(one) and one != code), key=len, default=None
            )
            area, level = _padded(code), LENGTHS[len(code)]
            made.append(
                PlantedNode(
                    area_code=area,
                    parent=_padded(parent) if parent else None,
                    name=f"{names[code]}{MARK}",
                    level=level,
                    managing=(area, self._managing_name(area, level, names[code])),
                    profile=self.site.name if code == home else None,
                )
            )
        return made

    def layers(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The rules of their own that some nodes have: area code, and texts by file name."""
        folder = resources.files(__package__).joinpath("layers")
        for node in self.nodes:
            own = folder.joinpath(node.area_code)
            if own.is_dir():
                yield node.area_code, {file.name: file.read_text(encoding="utf-8") for file in own.iterdir()}

    def seats(self) -> list[Seat]:
        """Accounts: each role of the hotline at home, a smaller desk elsewhere, two persons of each staffed unit."""
        _ = self.planting
        found = []
        for row in _rows("template/staff.csv"):
            for node in self._where(row["处所"]):
                home = node.area_code == self.site.home or row["处所"] == "根"
                short = "" if home else self._plain(node)
                username = row["账号"] if home else f"{significant(node.area_code)}.{row['账号']}"
                found.append(Seat(username, f"演示{short}{row['姓名']}", node.area_code, (row["岗位"],)))
        found.append(
            Seat("system01", "演示对接系统01", self.site.home, ("system",), self._at(self.site.home, "ly").key)
        )
        found += self._unit_seats()
        return found

    def _unit_seats(self) -> Iterator[Seat]:
        """Who signs and handles, and who reviews; a company and a court have one account of their own kind."""
        for number, ((area, code), unit) in zip(count(1), self._units.items(), strict=False):
            if not self._is_staffed(area, code):
                continue
            user = f"{'' if area == self.site.home else significant(area) + '-'}{code}"
            first = _ROLES.get(unit.kind, ("unit_receiver", "unit_handler"))
            yield Seat(f"{user}.1", f"演示经办员{number:02d}", area, first, unit.key)
            if "unit_handler" in first:
                yield Seat(f"{user}.2", f"演示审核员{number:02d}", area, ("unit_reviewer",), unit.key)

    def partners(self, kinds: Container[str]) -> Iterator[tuple[Key, PartnerDraft]]:
        """What is agreed with the home's linked partners, of the kinds the place is linked with."""
        _ = self.planting
        for row in _rows("template/partners.csv"):
            if row["类别"] in kinds:
                yield (
                    self._at(self.site.home, row["代号"]).key,
                    PartnerDraft(
                        kind=row["类别"],
                        number=row["号码"] or None,
                        scope=row["移交事项范围"],
                        agreement=f"联动约定{MARK}",
                        valid_from=date(2000, 1, 1),
                        contact=row["联络岗位"],
                        duty_phone=row["值班电话"],
                    ),
                )

    def companies(self) -> Iterator[tuple[Key, CompanyDraft]]:
        """What is agreed with the home's service companies, for a place that lets such companies join."""
        _ = self.planting
        for number, kind in enumerate(kind for kind in _kinds() if kind.kind == "service_company"):
            stem = f"91000000{number:09d}"  # of no division: nobody's
            yield (
                self._at(self.site.home, kind.code).key,
                CompanyDraft(
                    credit_code=stem + uscc.calc_check_digit(stem),
                    services=("家政", "水电维修", "管道疏通"),
                    agreement=f"加入约定{MARK}",
                    valid_from=date(2000, 1, 1),
                    contact="客服调度中心",
                    duty_phone="000-0000006",
                ),
            )

    def knowledge(self) -> Iterator[dict[str, str]]:
        """Cells of the knowledge items, all of the home."""
        _ = self.planting
        for row in _rows("template/knowledge.csv"):
            unit = self._at(self.site.home, row["负责单位"])
            yield {
                "area_code": self.site.home,
                "title": f"{row['标题']}{MARK}",
                "body": row["正文"],
                "category": row["分类编码"],
                "unit": "/".join(unit.key),
                "visibility": row["公开范围"],
                "valid_from": "2000-01-01",
                "source": f"{unit.name.removesuffix(MARK)}答复口径{MARK}",
            }

    @cached_property
    def _tiers(self) -> TiersRule:
        return load(self.site.name).place.tiers

    @property
    def _home(self) -> PlantedNode:
        return next(node for node in self.nodes if node.area_code == self.site.home)

    # Units ------------------------------------------------------------------------------------------------------------

    def _furnish(self, node: PlantedNode) -> None:
        """The units of one node. Above the home there is only the body that manages a desk."""
        area, level, plain = node.area_code, node.level, self._plain(node)
        above = self._at(node.parent, _DESK).key if node.parent else None
        governs = level == "township"
        self._units[area, _TOWN if governs else _DESK] = PlantedUnit(
            area_code=area,
            name=self._managing_name(area, level, plain),
            short_name=plain if governs else f"{plain}热线办",
            kind="township" if governs else "managing_body",
            superior=above,
            may_register=not governs,
        )
        if governs or not covers(self.site.home, area):
            return
        for kind in _kinds():
            name = kind.names["province" if area == self.site.home else level]
            if name:
                self._units[area, kind.code] = self._unit(node, kind, name)

    def _unit(self, node: PlantedNode, kind: Kind, name: str) -> PlantedUnit:
        area = node.area_code
        higher = self._units.get((node.parent or "", kind.code))
        own = self._units.get((area, kind.superior))
        superior = own or (higher if kind.kind != "referral_partner" else None)
        return PlantedUnit(
            area_code=area,
            name=name.format(p=self._prefix(node)) + MARK,
            short_name=kind.short if area == self.site.home else f"{self._plain(node)}{kind.short}",
            kind=kind.kind,
            superior=superior.key if superior else None,
            may_register=kind.may_register,
            answers_line=kind.line,
        )

    def _at(self, area: str, code: str) -> PlantedUnit:
        return self._units[area, code]

    def _prefix(self, node: PlantedNode) -> str:
        return self.site.short if node.area_code == self.site.home else self._plain(node)

    def _plain(self, node: PlantedNode) -> str:
        return node.name.removesuffix(MARK)

    def _managing_name(self, area: str, level: Level, name: str) -> str:
        if level == "township":
            return f"{name}{'办事处' if name.endswith('街道') else '人民政府'}{MARK}"
        prefix = self.site.short if area == self.site.home else "省" if level == "province" else name
        return self.site.managing[level].format(p=prefix) + MARK

    def _officers(self) -> Iterator[PlantedOfficer]:
        """Two persons of each unit, one of whom signs and handles."""
        for number, unit in zip(count(1), self._units.values(), strict=False):
            for word, duty in _DUTIES:
                yield PlantedOfficer(unit=unit.key, name=f"演示{word}{number:02d}", duty=duty)

    # Accounts ---------------------------------------------------------------------------------------------------------

    def _where(self, word: str) -> list[PlantedNode]:
        """The nodes a line of the staff table is for."""
        if word == "根":
            return [self.nodes[0]]
        if word == "本级":
            return [self._home]
        return [node for node in self.nodes if node.area_code != self.site.home and self._has_desk(node)]

    def _has_desk(self, node: PlantedNode) -> bool:
        if not covers(self.site.home, node.area_code):
            return True  # the platform above the place
        if not is_rank(node.level, self._tiers.desks):
            return False
        own = {area for area, _ in self.layers()}
        return node.level != "county" or node.area_code in self._staffed["county"] | own

    @cached_property
    def _staffed(self) -> dict[Level, set[str]]:
        """The nodes whose every unit has accounts: the first ones below each staffed parent."""
        found: dict[Level, set[str]] = {"province": set(), "city": set(), "county": set(), "township": set()}
        found[self._home.level].add(self.site.home)
        for above, level in pairwise(LEVELS):
            for parent in sorted(found[above]):
                below = [node.area_code for node in self.nodes if node.parent == parent and node.level == level]
                found[level].update(below[: self.site.staffed[level]])
        return found

    def _is_staffed(self, area: str, code: str) -> bool:
        return code == _DESK or any(area in areas for areas in self._staffed.values())

    # The catalogue ----------------------------------------------------------------------------------------------------

    def _catalogue(self) -> Iterator[PlantedRow]:
        for matter in _matters():
            if not matter.lead:
                continue
            lowest = self._lowest(matter.lead)
            for node in self.nodes:
                lead = self._units.get((node.area_code, matter.lead))
                if lead is not None:
                    yield self._row(matter, node, lead, lowest)
                    if matter.reports_go_up and node.level == "county" and node.parent:
                        higher = self._at(node.parent, matter.lead)
                        yield self._row(matter, node, higher, "city", "report", (lead.key,))
                elif matter.town_helps and node.level == "township" and node.parent:
                    county = self._at(node.parent, matter.lead)
                    yield self._row(matter, node, self._at(node.area_code, _TOWN), "township", "help", (county.key,))

    def _lowest(self, code: str) -> Level:
        """The lowest level the template has the unit at, in this tree."""
        have = {node.level for node in self.nodes if (node.area_code, code) in self._units}
        return max(have, key=LEVELS.index)

    def _row(
        self,
        matter: Matter,
        node: PlantedNode,
        lead: PlantedUnit,
        lowest: Level,
        kind: OrderKind | None = None,
        assists: Sequence[Key] | None = None,
    ) -> PlantedRow:
        if assists is None:
            known = [self._units.get((node.area_code, code)) for code in matter.assists]
            assists = [unit.key for unit in known if unit is not None]
        return PlantedRow(
            category=matter.category.code,
            area_code=node.area_code,
            kind=kind,
            unit=lead.key,
            assists=tuple(assists),
            basis=f"{lead.name.removesuffix(MARK)}职责清单“{matter.category.name}”{MARK}",
            min_level=lowest,
        )


def _padded(digits: str) -> str:
    return digits.ljust(6, "0")


def _rows(name: str) -> Iterable[dict[str, str]]:
    content = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(io.StringIO(content))


@lru_cache(maxsize=1)
def _divisions() -> dict[str, str]:
    packed = resources.files(__package__).joinpath("divisions/divisions.csv.gz").read_bytes()
    rows = csv.DictReader(io.StringIO(gzip.decompress(packed).decode()))
    return {row["code"]: row["name"] for row in rows}


@lru_cache(maxsize=1)
def _kinds() -> tuple[Kind, ...]:
    return tuple(
        Kind(
            code=row["代号"],
            names={"province": row["本级名称"], "city": row["市级名称"], "county": row["县级名称"], "township": ""},
            short=row["简称"],
            kind=_KINDS[row["类型"]],
            superior=row["上级"],
            may_register=row["可自行登记"] == "是",
            line=row["接听号码"] or None,
        )
        for row in _rows("template/units.csv")
    )


@lru_cache(maxsize=1)
def _matters() -> tuple[Matter, ...]:
    return tuple(
        Matter(
            category=Category(
                code=row["分类编码"],
                parent=row["上级编码"] or None,
                name=row["名称"],
                keywords=tuple(row["提示词"].split("、")) if row["提示词"] else (),
            ),
            lead=row["主办"],
            assists=tuple(row["协办"].split("、")) if row["协办"] else (),
            town_helps=row["镇街求助"] == "是",
            reports_go_up=row["举报上收"] == "是",
        )
        for row in _rows("template/matters.csv")
    )
