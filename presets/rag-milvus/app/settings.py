import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    milvus_uri: str
    milvus_user: str
    milvus_password: str
    redis_url: str

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            milvus_uri=os.environ["MILVUS_URI"],
            milvus_user=os.environ["MILVUS_USER"],
            milvus_password=os.environ["MILVUS_PASSWORD"],
            redis_url=os.environ["REDIS_URL"],
        )
