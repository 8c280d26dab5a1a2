"""The API as documents: OpenAPI of the HTTP side, AsyncAPI of the stream. `python -m api.specs` writes both.

Both are committed, for who generates clients; a test finds drift.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.app import describe
from api.messages import HEARD, SAID
from api.openapi import COMPONENTS, Schema, example_of, openapi

FOLDER = Path(__file__).parent
OPENAPI, ASYNCAPI = FOLDER / "openapi.json", FOLDER / "asyncapi.json"


def asyncapi(app: FastAPI) -> Schema:
    _, definitions = models_json_schema(
        [(model, "serialization") for model in (*HEARD, *SAID)], ref_template=COMPONENTS + "{model}"
    )
    schemas = definitions["$defs"]
    messages = {
        model.__name__: {
            "name": model.__name__,
            "summary": " ".join((model.__doc__ or "").split()),
            "payload": {"$ref": COMPONENTS + model.__name__},
            "examples": [{"payload": without_nulls(example_of(schemas[model.__name__], schemas))}],
        }
        for model in (*HEARD, *SAID)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"{app.title} stream", "version": app.version},
        "channels": {
            "stream": {
                "address": "/v1/stream",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET"}},
            }
        },
        "operations": {
            "hear": operation("receive", HEARD),
            "say": operation("send", SAID),
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def operation(action: str, models: tuple[type, ...]) -> Schema:
    messages = [{"$ref": f"#/channels/stream/messages/{model.__name__}"} for model in models]
    return {"action": action, "channel": {"$ref": "#/channels/stream"}, "messages": messages}


def without_nulls(value: Any) -> Any:
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


def documents(app: FastAPI) -> dict[Path, str]:
    """Each file and its text."""
    made = {OPENAPI: openapi(app), ASYNCAPI: asyncapi(app)}
    return {path: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for path, document in made.items()}


def main() -> None:
    argparse.ArgumentParser(
        prog="python -m api.specs", description="Write openapi.json and asyncapi.json."
    ).parse_args()
    for path, text in documents(describe()).items():
        path.write_text(text)
        print(path)


if __name__ == "__main__":
    main()
