"""A plain embeddings server: sentence-transformers behind FastAPI, as most people write it.

    MODEL=models/all-MiniLM-L6-v2 THREADS=2 uvicorn --app-dir scripts/server plain:app --port 8092
"""

import os
from typing import Union

import torch
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

torch.set_num_threads(int(os.environ.get("THREADS", "2")))
NAME = os.environ.get("MODEL", "models/all-MiniLM-L6-v2")
model = SentenceTransformer(NAME, device="cpu")
app = FastAPI()


class Asked(BaseModel):
    input: Union[str, list[str]]


# `def` and not `async def`: FastAPI runs it in its pool of threads.
@app.post("/v1/embeddings")
def embeddings(asked: Asked):
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    vectors = model.encode(texts, show_progress_bar=False).tolist()
    data = [
        {"object": "embedding", "index": at, "embedding": vector}
        for at, vector in enumerate(vectors)
    ]
    return {"object": "list", "data": data, "model": NAME, "usage": {}}


@app.get("/health")
def health():
    return {}
