"""Reads objects in JSON and takes the pod of a name, or the one that the Deployment or Job of the name would make.

    pod.py print NAME                          prints it
    pod.py run NAME SECRET.json [NAME=VALUE...]  runs its container as a process, with its arguments and variables, those
                                                of the Secret included; the further ones replace or add variables.
                                                Without a Secret (-) those that come from elsewhere are left out
"""
import base64
import json
import os
import sys


def objects(text):
    """Yields the objects in a text: one after the other, or in lists."""
    decoder, text = json.JSONDecoder(), text.strip()
    while text:
        item, end = decoder.raw_decode(text)
        yield from item.get("items", [item]) if item["kind"] == "List" else [item]
        text = text[end:].lstrip()


def pod(name):
    """Returns the pod of a name among the objects on standard input."""
    for item in objects(sys.stdin.read()):
        if item["metadata"]["name"] != name:
            continue
        if item["kind"] == "Pod":
            return item
        if item["kind"] in ("Deployment", "Job"):
            template = item["spec"]["template"]
            return {"apiVersion": "v1", "kind": "Pod", "metadata": dict(template["metadata"], name=name),
                    "spec": template["spec"]}
    sys.exit("there is no pod of " + name)


def environment(container, secret, further):
    """Returns the variables of a container."""
    result = {"PATH": os.environ["PATH"]}
    for variable in container.get("env", []):
        if "value" in variable:
            result[variable["name"]] = variable["value"]
        elif secret:
            key = variable["valueFrom"]["secretKeyRef"]["key"]
            result[variable["name"]] = base64.b64decode(secret["data"][key]).decode()
    result.update(setting.split("=", 1) for setting in further)
    return result


if sys.argv[1] == "print":
    json.dump(pod(sys.argv[2]), sys.stdout)
else:
    container = pod(sys.argv[2])["spec"]["containers"][0]
    secret = None
    if sys.argv[3] != "-":
        with open(sys.argv[3], encoding="utf-8") as file:
            secret = json.load(file)
    variables = environment(container, secret, sys.argv[4:])
    os.execvpe("anteroom", ["anteroom"] + container["args"], variables)
