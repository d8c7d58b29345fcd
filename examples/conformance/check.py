#!/usr/bin/env python3
"""Checks the last days of any service that speaks GET {base}/api/v1/rules/{id}/due-date against the vectors beside it.

Usage: check.py http://localhost:8080
Prints each difference and a summary. Exit code: 0 without a difference, 1 with some, 2 where the service can't be asked.
"""
import csv
import json
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).parent


def questions():
    """Every question: a rule, what it is counted from, and the last day that the vectors give."""
    for name in ("periods", "plan_life"):
        for row in rows(name):
            yield row["rule"], {"starts_on": row["starts_on"]}, row["due_on"]
    for row in rows("appeal_days"):
        sent = {"starts_on": row["notice_sent_on"]}
        yield "contact_mediation_adviser", sent, row["contact_mediation_adviser_by"]
        yield "appeal", sent, row["appeal_by"]
        yield "appeal", sent | {"certificate_on": row["certificate_on"]}, row["appeal_by_with_certificate"]
    for row in rows("phase_transfers"):
        yield "phase_transfer", {"phase": row["phase"], "transfer_year": row["transfer_year"]}, row["due_on"]


def rows(name):
    with open(HERE / f"{name}.csv", newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def ask(base, rule, counted_from):
    query = urllib.parse.urlencode(counted_from)
    url = f"{base.rstrip('/')}/api/v1/rules/{rule}/due-date?{query}"
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)["due_on"]
    except urllib.error.HTTPError as error:
        return f"status {error.code}"


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    asked = different = 0
    try:
        for rule, counted_from, due_on in questions():
            answer = ask(sys.argv[1], rule, counted_from)
            asked += 1
            if answer != due_on:
                different += 1
                print(f"{rule} {counted_from}: the service says {answer}, the vectors say {due_on}")
    except OSError as error:
        print(f"The service can't be asked: {error}", file=sys.stderr)
        return 2
    print(f"{asked} last days asked for, {different} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
