"""Checks objects against the schemas of Kubernetes and of custom resources, in which no unknown field is allowed.

    schemas.py KUBERNETES-VERSION FILE-OF-CUSTOM-RESOURCES... -- FILE-OF-OBJECTS...

Prints a line for each fault, and how many objects are good. The status is 1 if there is a fault, or no object.
"""
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml


class Loader(yaml.CSafeLoader):
    """A loader that takes a plain "=" for a text, which a definition of custom resources has."""


Loader.add_constructor("tag:yaml.org,2002:value", Loader.construct_yaml_str)


def documents(file):
    """Returns the objects in a file."""
    return list(filter(None, yaml.load_all(pathlib.Path(file).read_text(encoding="utf-8"), Loader)))


def closed(schema):
    """Returns a schema of a custom resource in which objects with named fields have no others."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not open_ended:
        result["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
        result.pop("anyOf", None)
    return result


def validators(files):
    """Returns a validator for each apiVersion and kind of the custom resources."""
    found = {}
    for spec in (definition["spec"] for file in files for definition in documents(file)):
        for version in spec["versions"]:
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object"}
            key = (spec["group"] + "/" + version["name"], spec["names"]["kind"])
            found[key] = jsonschema.Draft202012Validator(schema)
    return found


def check(version, custom, item):
    """Returns what is wrong with an object, or nothing."""
    validator = custom.get((item["apiVersion"], item["kind"]))
    try:
        if validator:
            validator.validate(item)
        else:
            kubernetes_validate.validate(item, version, strict=True)
    except kubernetes_validate.SchemaNotFoundError as error:
        return error.message
    except jsonschema.ValidationError as error:
        return "/".join(map(str, error.absolute_path)) + ": " + error.message
    return None


def main(arguments):
    """Checks the files."""
    split = arguments.index("--")
    version, definitions, files = arguments[0], arguments[1:split], arguments[split + 1:]
    custom, good, bad = validators(definitions), 0, 0
    for file in files:
        for item in documents(file):
            fault = check(version, custom, item)
            if fault:
                bad += 1
                print(f"{file}: {item['kind']} {item['metadata']['name']}: {fault}")
            else:
                good += 1
    print(f"{good} objects keep to the schemas of Kubernetes {version}")
    return 1 if bad or not good else 0


sys.exit(main(sys.argv[1:]))
