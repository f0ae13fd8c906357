"""Makes the two documents of this folder: see README.md.

    python -m venv v && v/bin/pip install google-api-python-client==2.202.0 google-ai-generativelanguage==0.12.1
    v/bin/python make.py
"""

import importlib.metadata as metadata
import importlib.util
import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent


def write(name, document):
    text = json.dumps(document, indent=1, sort_keys=True)
    # Leaves on one line: what is compared by people is properties, not braces.
    text = re.sub(r"\{\n\s+([^{}\[\]\n]+(?:\n[^{}\[\]\n]+){0,4})\n\s+\}", lambda m: "{" + re.sub(r"\n\s+", " ", m[1]) + "}", text)
    (HERE / name).write_text(text + "\n")


def without_prose(value, keep=False):
    """All but what is only for people to read. A parameter's description says which names it takes."""
    if isinstance(value, list):
        return [without_prose(item) for item in value]
    if not isinstance(value, dict):
        return value
    prose = {"enumDescriptions", "enumDeprecated"} | (set() if keep else {"description"})
    kept = {k: v for k, v in value.items() if k not in prose or isinstance(v, dict)}
    return {k: without_prose(v, keep=k == "parent") for k, v in kept.items()}


def closure(schemas, roots):
    found, left = set(), list(roots)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += re.findall(r'"\$ref": "([^"]+)"', json.dumps(schemas[name]))
    return {name: schemas[name] for name in sorted(found)}


def roots(methods):
    return [m[side]["$ref"] for m in methods.values() for side in ("request", "response") if side in m]


def firestore():
    import googleapiclient

    path = pathlib.Path(googleapiclient.__file__).parent / "discovery_cache/documents/firestore.v1.json"
    whole = json.loads(path.read_text())
    methods = whole["resources"]["projects"]["resources"]["databases"]["resources"]["documents"]["methods"]
    # Listening is a dialogue, pipelines are of another edition.
    methods = {name: m for name, m in methods.items() if name not in ("listen", "write", "executePipeline")}
    kept = {name: whole[name] for name in ("id", "revision", "rootUrl", "servicePath")}
    kept["parameters"] = whole["parameters"]
    kept["methods"] = methods
    kept["schemas"] = closure(whole["schemas"], roots(methods))
    kept["origin"] = "google-api-python-client " + metadata.version("google-api-python-client")
    write("firestore.v1.json", without_prose(kept))


def gemini():
    from google.ai import generativelanguage_v1beta as package
    from google.protobuf.descriptor import FieldDescriptor as F

    scalars = {
        F.TYPE_BOOL: {"type": "boolean"}, F.TYPE_STRING: {"type": "string"},
        F.TYPE_BYTES: {"type": "string", "format": "byte"},
        F.TYPE_DOUBLE: {"type": "number", "format": "double"}, F.TYPE_FLOAT: {"type": "number", "format": "float"},
        F.TYPE_INT32: {"type": "integer", "format": "int32"}, F.TYPE_UINT32: {"type": "integer", "format": "uint32"},
        F.TYPE_INT64: {"type": "string", "format": "int64"}, F.TYPE_UINT64: {"type": "string", "format": "uint64"},
    }
    # Messages whose JSON is told by protobuf itself.
    known = {
        "Struct": {"type": "object", "additionalProperties": {"type": "any"}}, "Value": {"type": "any"},
        "ListValue": {"type": "array", "items": {"type": "any"}},
        "Timestamp": {"type": "string", "format": "google-datetime"},
        "Duration": {"type": "string", "format": "google-duration"},
        "FieldMask": {"type": "string", "format": "google-fieldmask"},
    }
    schemas = {}

    def name_of(message):
        # `GenerateContentResponse.UsageMetadata` is published as `UsageMetadata`, `LogprobsResult.Candidate` with both words.
        parts = message.full_name.split(".v1beta.")[-1].split(".")
        return "".join(parts) if len(parts) > 1 and hasattr(package, parts[-1]) else parts[-1]

    def one(field):
        if field.type == F.TYPE_ENUM:
            return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
        if field.type != F.TYPE_MESSAGE:
            return scalars[field.type]
        message = field.message_type
        if message.full_name.startswith("google.protobuf."):
            return known[message.name]
        add(message)
        return {"$ref": name_of(message)}

    def add(message):
        name = name_of(message)
        if name in schemas:
            assert schemas[name]["id"] == message.full_name, (name, message.full_name)
            return
        schemas[name] = {"id": message.full_name, "type": "object", "properties": {}}
        for field in message.fields:
            if field.message_type is not None and field.message_type.GetOptions().map_entry:
                of = {"type": "object", "additionalProperties": one(field.message_type.fields_by_name["value"])}
            else:
                of = {"type": "array", "items": one(field)} if field.is_repeated else one(field)
            schemas[name]["properties"][field.json_name] = of

    methods = {}

    def transports(service):
        found = importlib.util.find_spec(f"google.ai.generativelanguage_v1beta.services.{service}.transports.rest_base")
        return pathlib.Path(found.origin).read_text()

    asked = {"generative_service": ["generate_content", "stream_generate_content", "count_tokens", "embed_content",
                                    "batch_embed_contents"], "model_service": ["get_model", "list_models"]}
    for service, names in asked.items():
        text = transports(service)
        for name in names:
            camel = "".join(word.title() for word in name.split("_"))
            block = text.split(f"class _Base{camel}:")[1].split("class _Base")[0]
            uri = re.search(r'"uri": "/([^"]+)"', block)[1]
            verb = re.search(r'"method": "(\w+)"', block)[1].upper()
            variable, pattern = re.search(r"\{(?:\w+\.)?(\w+)=([^}]+)\}", uri).groups() if "{" in uri else (None, None)
            path = re.sub(r"\{(?:\w+\.)?(\w+)=[^}]+\}", r"{+\1}", uri)
            request = getattr(package, {"stream_generate_content": "GenerateContent"}.get(name, camel) + "Request").pb()
            answers = {"get_model": "Model", "stream_generate_content": "GenerateContentResponse"}
            response = getattr(package, answers.get(name, camel + "Response")).pb()
            add(response.DESCRIPTOR)
            short = {"get_model": "get", "list_models": "list"}.get(name, camel[0].lower() + camel[1:])
            method = {"id": f"generativelanguage.models.{short}", "httpMethod": verb, "path": path, "parameters": {},
                      "response": {"$ref": name_of(response.DESCRIPTOR)}}
            if variable:
                method["parameters"][variable] = {"location": "path", "type": "string", "required": True,
                                                  "pattern": "^" + pattern.replace("*", "[^/]+") + "$"}
            if verb == "GET":
                for field in request.DESCRIPTOR.fields:
                    if field.json_name != variable:
                        method["parameters"][field.json_name] = {"location": "query", **one(field)}
            else:
                add(request.DESCRIPTOR)
                method["request"] = {"$ref": name_of(request.DESCRIPTOR)}
            methods[short] = method
    for schema in schemas.values():
        del schema["id"]
    # What stands in the path stands not in the body, unless another message has this one in it.
    nested = json.dumps([schema["properties"] for schema in schemas.values()])
    for method in methods.values():
        if "request" in method and json.dumps(method["request"]) not in nested:
            for name, parameter in method["parameters"].items():
                if parameter["location"] == "path":
                    schemas[method["request"]["$ref"]]["properties"].pop(name, None)
    firestore = json.loads((HERE / "firestore.v1.json").read_text())
    write("generativelanguage.v1beta.json", {
        "id": "generativelanguage:v1beta", "rootUrl": "https://generativelanguage.googleapis.com/", "servicePath": "",
        "origin": "google-ai-generativelanguage " + metadata.version("google-ai-generativelanguage"),
        # Those of every service of Google.
        "parameters": firestore["parameters"], "methods": methods, "schemas": dict(sorted(schemas.items())),
    })


firestore()
gemini()
