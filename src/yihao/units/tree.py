"""The tree as one immutable value: what orders ask while they decide. Pure; `service.tree` loads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property

import msgspec

from yihao.errors import YihaoError
from yihao.units.errors import UnitInactive, UnitWithoutOfficer, UnknownPlace
from yihao.units.model import CatalogueRow, Category, Jurisdiction, NodeLayer, Officer, OrderKind, Unit, YearEdit
from yihao.units.rules import ancestry, pick, significant


class Tree(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A snapshot of jurisdictions, units, officers, categories, catalogue and calendar edits.

    ``version`` rises with every write; ``key`` names the database and the version, so that what is computed from a
    snapshot can be kept by it. ``officers`` counts the active officers of a unit (absent: none). ``catalogue`` holds
    every row ever in force by category; ``years`` the latest version of each edited calendar year; ``layers`` the rules
    of their own that nodes have, in their latest version.
    """

    key: tuple[str, int]
    jurisdictions: Mapping[int, Jurisdiction]
    units: Mapping[int, Unit]
    officers: Mapping[int, int]
    categories: Mapping[str, Category]
    catalogue: Mapping[str, Sequence[CatalogueRow]]
    years: Sequence[YearEdit] = ()
    layers: Mapping[int, NodeLayer] = {}

    @classmethod
    def of(
        cls,
        *,
        key: tuple[str, int] = ("", 0),
        jurisdictions: Iterable[Jurisdiction],
        units: Iterable[Unit] = (),
        officers: Iterable[Officer] = (),
        categories: Iterable[Category] = (),
        catalogue: Iterable[CatalogueRow] = (),
        years: Iterable[YearEdit] = (),
        layers: Iterable[NodeLayer] = (),
    ) -> Tree:
        """The snapshot of these rows. ``years`` may hold several versions of a year: the highest is kept."""
        counts: dict[int, int] = defaultdict(int)
        for officer in officers:
            counts[officer.unit_id] += officer.active
        rows: dict[str, list[CatalogueRow]] = defaultdict(list)
        for row in catalogue:
            rows[row.category].append(row)
        latest = {(e.jurisdiction_id, e.year): e for e in sorted(years, key=lambda e: e.version)}
        return cls(
            key=key,
            jurisdictions={j.id: j for j in jurisdictions},
            units={u.id: u for u in units},
            officers=dict(counts),
            categories={c.code: c for c in categories},
            catalogue=dict(rows),
            years=tuple(latest.values()),
            layers={layer.jurisdiction_id: layer for layer in layers},
        )

    @property
    def version(self) -> int:
        """Rises with every write to the tree."""
        return self.key[1]

    @cached_property
    def _by_area(self) -> dict[str, Jurisdiction]:
        return {significant(j.area_code): j for j in self.jurisdictions.values()}

    @cached_property
    def _by_path(self) -> dict[str, Jurisdiction]:
        return {j.path: j for j in self.jurisdictions.values()}

    @cached_property
    def _by_class(self) -> dict[tuple[str, str], list[CatalogueRow]]:
        # A class may have a row in each of a thousand townships: the choice looks at those around the matter alone.
        found: dict[tuple[str, str], list[CatalogueRow]] = defaultdict(list)
        for code, rows in self.catalogue.items():
            for row in rows:
                found[code, significant(row.area_code)].append(row)
        return dict(found)

    @cached_property
    def root(self) -> Jurisdiction:
        """The node at the top.

        Raises:
            UnknownPlace: the installation has no tree yet.
        """
        for jurisdiction in self.jurisdictions.values():
            if jurisdiction.parent_id is None:
                return jurisdiction
        raise UnknownPlace(what="辖区", key="根节点")

    def unit(self, unit_id: int, *, field: str | None = None) -> Unit:
        """The unit, in use or not. Raises UnknownPlace, which names the ``field`` that named it."""
        found = self.units.get(unit_id)
        if found is None:
            raise UnknownPlace(field=field, what="单位", key=unit_id)
        return found

    def jurisdiction(self, jurisdiction_id: int, *, field: str | None = None) -> Jurisdiction:
        """The node. Raises UnknownPlace, which names the ``field`` that named it."""
        found = self.jurisdictions.get(jurisdiction_id)
        if found is None:
            raise UnknownPlace(field=field, what="辖区", key=jurisdiction_id)
        return found

    def category(self, code: str, *, field: str | None = None) -> Category:
        """The class of matters, in use or not. Raises UnknownPlace, which names the ``field`` that named it."""
        found = self.categories.get(code)
        if found is None:
            raise UnknownPlace(field=field, what="分类", key=code)
        return found

    def at_path(self, path: str) -> Jurisdiction | None:
        """The node of a path like ``/1/4/``."""
        return self._by_path.get(path)

    def area(self, area_code: str) -> Jurisdiction | None:
        """The nearest node around the area: its own, else its county's, its city's ...; ``None`` outside the tree."""
        return next((self._by_area[digits] for digits in ancestry(area_code) if digits in self._by_area), None)

    def lineage(self, jurisdiction_id: int) -> list[Jurisdiction]:
        """The node and all nodes above it, from the root down."""
        return [self.jurisdictions[int(step)] for step in self.jurisdiction(jurisdiction_id).path.strip("/").split("/")]

    def place(self, unit_id: int) -> Jurisdiction:
        """The node a unit belongs to. Raises UnknownPlace."""
        return self.jurisdiction(self.unit(unit_id).jurisdiction_id)

    def superior(self, unit_id: int) -> Unit | None:
        """Who takes a complaint against the unit (XS 三(四): 涉及单位的上级主管部门).

        Its named superior; where none is named, the managing body of its place, else the nearest one above [D].
        ``None`` when only the unit itself would remain.
        """
        unit = self.unit(unit_id)
        if unit.superior_id is not None:
            return self.unit(unit.superior_id)
        for jurisdiction in reversed(self.lineage(unit.jurisdiction_id)):
            if jurisdiction.managing_unit_id not in (None, unit_id):
                return self.units.get(jurisdiction.managing_unit_id or 0)
        return None

    def is_subordinate(self, unit: int, of: int) -> bool:
        """Whether ``of`` stands above ``unit`` in the chain of named superiors. No unit is its own subordinate."""
        above = self.unit(unit).superior_id
        for _ in range(len(self.units)):
            if above is None or above == of:
                break
            above = self.unit(above).superior_id
        return above == of

    def dispatchable(self, unit_id: int) -> YihaoError | None:
        """Why nothing may be dispatched to the unit, ready to be raised; ``None`` when it may."""
        unit = self.unit(unit_id)
        if not unit.active:
            return UnitInactive(field="unit", unit=unit.name)
        if not self.officers.get(unit_id):
            return UnitWithoutOfficer(field="unit", unit=unit.name)
        return None

    def pick(self, category: str, area_code: str, kind: OrderKind, on: date) -> CatalogueRow | None:
        """The catalogue's answer; a class without a fitting row asks its parent class. ``rules.reason`` says why."""
        code: str | None = category
        for _ in range(len(self.categories) + 1):
            if code is None:
                break
            for digits in ancestry(area_code):
                row = pick(self._by_class.get((code, digits), ()), code, area_code, kind, on)
                if row is not None:
                    return row
            known = self.categories.get(code)
            code = known.parent if known else None
        return None
