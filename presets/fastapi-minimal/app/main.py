from fastapi import FastAPI

app = FastAPI(title="Hello")


@app.get("/")
async def hello(name: str = "world") -> dict[str, str]:
    return {"message": f"Hello, {name}"}


@app.get("/health/live")
async def live() -> dict[str, bool]:
    return {"live": True}
