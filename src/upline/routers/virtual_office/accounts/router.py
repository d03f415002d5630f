"""Logging in, and the profile of whoever did."""

from fastapi import Request

from upline.routers.deps import Ctx, get_container
from upline.routers.policies import Authenticated, Public
from upline.routers.virtual_office.accounts import schemas as s
from upline.routers.virtual_office.auth import caller, get_gate
from upline.routers.virtual_office.routing import Router
from upline.services.auth import member_tokens
from upline.services.auth.member_tokens import MemberToken
from upline.services.customer import profiles
from upline.services.customer.profiles import Profile

router = Router()


@router.post("/api/accounts/token", policy=Public(), response_model=s.Token)
async def create_token(ctx: Ctx, request: Request, body: s.TokenRequest) -> MemberToken:
    """Obtain a token: JSON body memberId, password. userName or email may stand for memberId.

    Any number of tokens is valid at once. Wrong credentials answer 401, too many of them 429 with
    Retry-After.
    """
    guard, signer = get_container(request).guard, get_gate(request).tokens
    return await member_tokens.issue(ctx, guard, signer, body.names(), body.password)


@router.get("/api/accounts/my-profile/my-profile", policy=Authenticated(), response_model=s.Profile)
async def my_profile(ctx: Ctx) -> Profile:
    """Profile of the authorized user, as only they see it."""
    return await profiles.get_profile(ctx, caller(ctx))
