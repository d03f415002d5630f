"""What the application that serves a request keeps of searches."""

from typing import Annotated

from fastapi import Depends, Request

from upline.services.organization.searches import Searches


async def get_searches(request: Request) -> Searches:
    """Asynchronous, though it waits for nothing: others are run in threads."""
    searches: Searches = request.app.state.searches
    return searches


Searching = Annotated[Searches, Depends(get_searches)]
