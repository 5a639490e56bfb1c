"""A section of settings: typed, frozen, checked. Errors are messages of one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from games.errors import UserError, did_you_mean


class Section(BaseModel):
    """Settings that belong together. Raises UserError for unknown names and bad values."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        """Check the values; those that are not given have their defaults."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise UserError(self.explain(error)) from None

    # A section inside another is checked by the outer one, whose message names them both.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def of(cls, other: Section, **changes: Any) -> Self:
        """Return the settings of this section as `other`, which has them all, has them.

        Some may be changed; all are checked. Raises UserError.
        """
        return cls(**{name: getattr(other, name) for name in cls.model_fields} | changes)

    def replace(self, **changes: Any) -> Self:
        """Return these settings with some of them changed, and all checked. Raises UserError."""
        return self.of(self, **changes)

    @classmethod
    def explain(cls, error: ValidationError) -> str:
        """Put the first problem that pydantic found into one line, with the range."""
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            return cls.explain_unknown(where)
        if first["type"] == "value_error":
            return str(first["ctx"]["error"])
        message = first["msg"].replace("Input should be", "expected")
        message = message.replace("greater than", "above").replace("above or equal to", "at least")
        message = message.replace("less than", "below").replace("below or equal to", "at most")
        return f"{where}={first['input']!r}: {message}{_range_of(_field(cls, first['loc']), where)}"

    @classmethod
    def explain_unknown(cls, name: str) -> str:
        """Say which setting may have been meant."""
        return f"unknown setting {name}; {did_you_mean(name, cls.model_fields)}"


def _field(section: Any, location: Sequence[str | int]) -> FieldInfo | None:
    """Find the field at a location within a section, if there is one."""
    field = None
    for part in location:
        field = getattr(section, "model_fields", {}).get(part)
        section = field.annotation if field else None
    return field


def _range_of(field: FieldInfo | None, where: str) -> str:
    """Describe the range of a setting, as far as it is declared."""
    low = high = ""
    for item in field.metadata if field else ():
        if (bound := getattr(item, "ge", None)) is not None:
            low = f"{bound} <= "
        if (bound := getattr(item, "gt", None)) is not None:
            low = f"{bound} < "
        if (bound := getattr(item, "le", None)) is not None:
            high = f" <= {bound}"
        if (bound := getattr(item, "lt", None)) is not None:
            high = f" < {bound}"
    return f" ({low}{where}{high})" if low or high else ""
