"""The rules: file = function = code. `ALL` lists them in the order of spec page 3, which policy/parameters.py keeps.

Loading them loads the facts too, and refuses what does not fit together (rules/registry.py).
"""

import pkgutil
from importlib import import_module

from policy.parameters import RULES
from rules.registry import RegistryError, load, require_complete
from rules.rule import Rule


def _found() -> tuple[Rule, ...]:
    files = {module.name for module in pkgutil.iter_modules(__path__)}
    if unnamed := sorted(files - set(RULES)):
        raise RegistryError(f"policy/parameters.py: RULES does not name {', '.join(unnamed)} of rules/findings")
    rules = []
    for code in RULES:
        if code not in files:
            raise RegistryError(f"rules/findings/{code}.py is missing: policy/parameters.py names the rule")
        found = getattr(import_module(f"{__name__}.{code}"), code, None)
        if not isinstance(found, Rule):
            raise RegistryError(f"rules/findings/{code}.py: there is no rule called {code}")
        if not found.statement_zh or bool(found.refer_to) != bool(found.need_zh):
            raise RegistryError(
                f"rules/findings/{code}.py: {code} lacks words: statement_zh, and need_zh where it refers"
            )
        rules.append(found)
    return tuple(rules)


load()
ALL: tuple[Rule, ...] = _found()
require_complete(ALL)

BY_CODE: dict[str, Rule] = {rule.code: rule for rule in ALL}
ORDER: dict[str, int] = {rule.code: place for place, rule in enumerate(ALL)}

__all__ = ["ALL", "BY_CODE", "ORDER"]
