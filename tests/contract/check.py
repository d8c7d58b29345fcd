"""Sends the service what its own description allows and what it forbids, once with the token of each role.

Each role has a demonstration of its own, since what one may do would spoil the next one's. schemathesis makes the requests from
openapi.yaml as it is served, follows what one answer says to the next request, and judges every answer: no 5xx, no status and no
content that is not described, nothing that the description forbids is taken.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PASSWORD = "marlbrook open day"
ROLES = ["caseworker", "manager", "adviser", "admin"]

# What would end the session that the requests are made with, or the account that it belongs to.
ENDS_THE_SESSION = [
    "POST /api/v1/auth/logout",
    "DELETE /api/v1/me/sessions",
    "DELETE /api/v1/me/sessions/{id}",
]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(method, url, body=None, token=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=10) as answer:
        return json.load(answer)


def wait_until_ready(base, process):
    for _ in range(600):
        if process.poll() is not None:
            sys.exit("the demonstration stopped before it was ready")
        try:
            urllib.request.urlopen(f"{base}/readyz", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit("the demonstration was not ready within a minute")


def run(role, options):
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        settings = {
            **os.environ,
            "EHCP_LISTEN": f"127.0.0.1:{port}",
            "EHCP_PUBLIC_URL": base,
            "EHCP_DATA_DIR": folder,
            "EHCP_DATABASE_URL": f"sqlite://{folder}/contract.db",
        }
        log = pathlib.Path(folder, "service.log")
        with log.open("wb") as written:
            service = subprocess.Popen(
                [options.program, "demo", "--cases", "20", "--today", "2026-11-23"],
                env=settings, stdout=written, stderr=subprocess.STDOUT,
            )
        try:
            wait_until_ready(base, service)
            login = {"email": f"{role}@example.org", "password": PASSWORD}
            token = ask("POST", f"{base}/api/v1/auth/login", login)["access_token"]
            command = [
                options.schemathesis, "run", f"{base}/openapi.yaml",
                "--header", f"Authorization: Bearer {token}",
                "--checks", "all", "--exclude-checks", "positive_data_acceptance",
                "--phases", "examples,coverage,fuzzing,stateful",
                "--max-examples", str(options.examples), "--seed", str(options.seed),
                "--continue-on-failure", "--no-color", "--warnings", "off",
                "--suppress-health-check", "all",
            ]
            for name in ENDS_THE_SESSION:
                command += ["--exclude-name", name]
            status = subprocess.call(command, cwd=folder)
            if service.poll() is not None:
                print(f"{role}: the service died; its last words:\n{log.read_text()[-3000:]}")
                status = 1
            # A run whose token was no longer good would have tested one answer, 401.
            try:
                ask("GET", f"{base}/api/v1/me", token=token)
            except urllib.error.HTTPError as error:
                print(f"{role}: the token is no longer good at the end: {error.code}")
                status = 1
            return status
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the path of ehcp-tracker")
    parser.add_argument("--schemathesis", default="schemathesis")
    parser.add_argument("--examples", type=int, default=20, help="how many requests a operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=ROLES, action="append")
    options = parser.parse_args()
    options.program = str(pathlib.Path(options.program).resolve())
    # It is run in the demonstration's folder; by its bare name it is looked for on the path.
    if "/" in options.schemathesis:
        options.schemathesis = str(pathlib.Path(options.schemathesis).absolute())
    results = {}
    for role in options.role or ROLES:
        print(f"\n== as {role}", flush=True)
        results[role] = run(role, options)
    failed = [role for role, status in results.items() if status]
    print(f"\n{len(results) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
