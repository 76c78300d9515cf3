"""The service: records scored, linked, explained and checked over HTTP, for tools that hold one pathway at a time.

It needs ``equiwait[service]`` (FastAPI and uvicorn), listens on this machine alone unless it is told otherwise, and calls
nobody. `equiwait.service.app.made` makes the application; ``equiwait serve`` runs it.
"""
