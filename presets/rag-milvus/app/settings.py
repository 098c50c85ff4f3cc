import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    milvus_uri: str
    milvus_token: str
    redis_url: str

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            milvus_uri=os.environ["MILVUS_URI"],
            milvus_token=os.environ["MILVUS_TOKEN"],
            redis_url=os.environ["REDIS_URL"],
        )
