"""Libraries that are imported only when they are needed."""

import importlib
from typing import Any

from games.errors import UserError

_PACKAGES = {"chess": "chess", "sgfmill": "sgfmill", "matplotlib": "matplotlib"}


def library(module: str) -> Any:
    """Import a module of python-chess, sgfmill or matplotlib. Raises UserError if absent."""
    try:
        return importlib.import_module(module)
    except ImportError:
        package = _PACKAGES[module.partition(".")[0]]
        raise UserError(
            f"this needs the package {package!r}, which is not installed; "
            f"install it with: pip install {package}"
        ) from None
