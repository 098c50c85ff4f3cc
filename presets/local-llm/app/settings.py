import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    ollama_host: str
    qdrant_url: str
    qdrant_api_key: str
    chat_model: str
    embedding_model: str

    @classmethod
    def from_env(cls) -> "Settings":
        return cls(
            ollama_host=os.environ["OLLAMA_HOST"],
            qdrant_url=os.environ["QDRANT_URL"],
            qdrant_api_key=os.environ["QDRANT_API_KEY"],
            chat_model=os.environ["CHAT_MODEL"],
            embedding_model=os.environ["EMBEDDING_MODEL"],
        )
