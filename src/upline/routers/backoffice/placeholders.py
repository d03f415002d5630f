"""Documented operations before they are built: routed, guarded, answering 501."""

import inspect

from upline.core.errors import NotBuilt
from upline.routers.backoffice.contract import INTEGER_PARAMETERS, Operation, path_parameters
from upline.routers.backoffice.routing import Declaration
from upline.routers.backoffice.wire import KINDS
from upline.routers.policies import Authenticated


def placeholder(operation: Operation) -> Declaration:
    """Stands where the operation will be, with its documented parameters."""

    async def refuse(**_arguments: object) -> None:
        raise NotBuilt

    numbers = INTEGER_PARAMETERS | KINDS.keys()
    refuse.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=int if name.lower() in numbers else str,
            )
            for name in path_parameters(operation.path)
        ]
    )
    refuse.__doc__ = operation.description
    return Declaration(
        method=operation.method,
        path=operation.path,
        endpoint=refuse,
        policy=Authenticated(),
        response_model=None,
        controller=operation.controller,
        status_code=200,
        keyed=False,
    )
