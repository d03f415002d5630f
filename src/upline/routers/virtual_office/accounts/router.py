"""Logging in."""

from fastapi import Request

from upline.routers.deps import Ctx
from upline.routers.policies import Public
from upline.routers.virtual_office.accounts import schemas as s
from upline.routers.virtual_office.auth import get_gate
from upline.routers.virtual_office.routing import Router
from upline.services.auth import member_tokens
from upline.services.auth.member_tokens import MemberToken

router = Router()


@router.post("/api/accounts/token", policy=Public(), response_model=s.Token)
async def create_token(ctx: Ctx, request: Request, body: s.TokenRequest) -> MemberToken:
    """Obtain a token: JSON body memberId, password. userName or email may stand for memberId.

    Any number of tokens is valid at once. Wrong credentials answer 401, too many of them 429 with
    Retry-After.
    """
    gate = get_gate(request)
    return await member_tokens.issue(ctx, gate.guard, gate.tokens, body.names(), body.password)
