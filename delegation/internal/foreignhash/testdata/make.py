# Writes the vectors of Django, passlib, bcrypt and Werkzeug:
#
#     pip install Django==5.2.19 passlib==1.7.4 'bcrypt==4.0.1' Werkzeug==3.1.9
#     python make.py > python.json
import hashlib
import hmac
import json

import django
from django.conf import settings

settings.configure(PASSWORD_HASHERS=[
    "django.contrib.auth.hashers." + name for name in (
        "PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "BCryptPasswordHasher", "BCryptSHA256PasswordHasher")])
django.setup()

from django.contrib.auth.hashers import get_hasher, make_password
import bcrypt
from passlib import hash as passlib
from werkzeug.security import generate_password_hash

SECRET = "s3cr3t-of-another-product"
LONG = "long-" * 20  # more than the 72 bytes that bcrypt looks at

vectors = []


def add(by, text, secret=SECRET):
    vectors.append({"by": by, "secret": secret, "hash": text})


for algorithm in ("pbkdf2_sha256", "pbkdf2_sha1", "bcrypt", "bcrypt_sha256"):
    hasher = get_hasher(algorithm)
    if algorithm.startswith("bcrypt"):
        hasher.rounds = 4
        add("Django " + algorithm, hasher.encode(SECRET, hasher.salt()))
    else:
        add("Django " + algorithm, hasher.encode(SECRET, hasher.salt(), iterations=1000))
hasher = get_hasher("bcrypt_sha256")
hasher.rounds = 4
add("Django bcrypt_sha256, long", hasher.encode(LONG, hasher.salt()), LONG)
add("Django's default", make_password(SECRET))
add("bcrypt", bcrypt.hashpw(SECRET.encode(), bcrypt.gensalt(4)).decode())
add("bcrypt 2a", bcrypt.hashpw(SECRET.encode(), bcrypt.gensalt(4, b"2a")).decode())
add("passlib bcrypt 2y", passlib.bcrypt.using(rounds=4, ident="2y").hash(SECRET))
add("passlib bcrypt_sha256", passlib.bcrypt_sha256.using(rounds=4).hash(SECRET))
add("passlib bcrypt_sha256, first version", passlib.bcrypt_sha256.using(rounds=4, version=1).hash(SECRET))
add("passlib bcrypt_sha256, long", passlib.bcrypt_sha256.using(rounds=4).hash(LONG), LONG)
add("passlib django_bcrypt_sha256", passlib.django_bcrypt_sha256.using(rounds=4).hash(SECRET))
for name in ("pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512"):
    for _ in range(3):  # some of them hold the dot of its alphabet
        add("passlib " + name, getattr(passlib, name).using(rounds=1000).hash(SECRET))
for name in ("sha256_crypt", "sha512_crypt"):
    add("passlib " + name, getattr(passlib, name).using(rounds=1000).hash(SECRET))
    add("passlib " + name + ", 5000 rounds", getattr(passlib, name).using(rounds=5000).hash(SECRET))
    add("passlib " + name + ", long", getattr(passlib, name).using(rounds=1234).hash(LONG), LONG)
    add("passlib " + name + ", short salt", getattr(passlib, name).using(rounds=1000, salt="ab").hash(SECRET))
add("passlib ldap_salted_sha256", passlib.ldap_salted_sha256.hash(SECRET))
add("passlib ldap_salted_sha512", passlib.ldap_salted_sha512.hash(SECRET))
for method in ("pbkdf2:sha256:1000", "pbkdf2:sha1:1000", "pbkdf2:sha512:1000"):
    add("Werkzeug " + method, generate_password_hash(SECRET, method))
# Werkzeug 0.16 made the first of these, hashers in the manner of Django the second.
add("sha256, HMAC", "sha256$salt$" + hmac.new(b"salt", SECRET.encode(), "sha256").hexdigest())
add("sha256, salt before secret", "sha256$salt$" + hashlib.sha256(b"salt" + SECRET.encode()).hexdigest())
add("sha512, salt before secret", "sha512$salt$" + hashlib.sha512(b"salt" + SECRET.encode()).hexdigest())
print(json.dumps(vectors, indent=1))
