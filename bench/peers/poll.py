"""What an administrator would write: polls each mail folder by delta and makes email activities.

Standard library only. Settings come from the environment: GRAPH and CRM (roots), LOGIN (token
endpoint), CRM_TOKEN, MAILBOXES (separated by commas), STATE (a file). Each line of the standard
input is one cycle over all mailboxes; each cycle is answered with one line of JSON.
"""

import http.client
import json
import os
import resource
import sqlite3
import sys
import urllib.parse

CATEGORY = "Tracked to Dynamics 365"
LEFT_OUT = {"Drafts", "Deleted Items", "Junk Email", "Outbox"}
FIELDS = "subject,categories,internetMessageId"


class Server:
    """One kept connection to a server."""

    def __init__(self, root, token):
        self.root = urllib.parse.urlsplit(root)
        self.connection = http.client.HTTPConnection(self.root.netloc)
        self.token = token
        self.requests = 0

    def ask(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.token, "Accept": "application/json"}
        headers["Prefer"] = 'IdType="ImmutableId", return=representation'
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        if not path.startswith("http"):
            path = self.root.path + path
        else:
            link = urllib.parse.urlsplit(path)
            path = link.path + "?" + link.query
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        self.requests += 1
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return json.loads(text) if text else None


def sign_in(login):
    address = urllib.parse.urlsplit(login)
    form = {"grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo",
            "scope": "https://graph.microsoft.com/.default"}
    connection = http.client.HTTPConnection(address.netloc)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", address.path, urllib.parse.urlencode(form), headers)
    return json.loads(connection.getresponse().read())["access_token"]


def folders(graph, state, mailbox):
    """Every folder of mail that counts, looked up once."""
    known = state.execute("select folder, link from folders where mailbox = ?", (mailbox,))
    known = known.fetchall()
    if known:
        return known
    rows = graph.ask("GET", f"/users/{mailbox}/mailFolders?$top=100")["value"]
    for row in rows:
        if row["displayName"] not in LEFT_OUT:
            link = f"/users/{mailbox}/mailFolders/{row['id']}/messages/delta?$select={FIELDS}"
            state.execute("insert into folders values (?, ?, ?)", (mailbox, row["id"], link))
    state.commit()
    return folders(graph, state, mailbox)


def track(graph, crm, mailbox, message):
    """Makes the email activity of a message, unless there is one."""
    name = message["internetMessageId"].replace("'", "''")
    query = urllib.parse.urlencode({"$filter": f"messageid eq '{name}'", "$select": "activityid"},
                                   quote_via=urllib.parse.quote)
    if crm.ask("GET", "/emails?" + query)["value"]:
        return
    whole = graph.ask("GET", f"/users/{mailbox}/messages/{message['id']}")
    party = lambda mask, one: {"participationtypemask": mask,
                               "addressused": one["emailAddress"]["address"]}
    parties = [party(1, whole["from"])]
    parties += [party(2, one) for one in whole["toRecipients"]]
    parties += [party(3, one) for one in whole["ccRecipients"]]
    crm.ask("POST", "/emails", {
        "subject": whole["subject"], "description": whole["body"]["content"],
        "messageid": whole["internetMessageId"], "directioncode": False,
        "email_activity_parties": parties,
    })


def cycle(graph, crm, state, mailboxes):
    tracked = 0
    for mailbox in mailboxes:
        for folder, link in folders(graph, state, mailbox):
            while True:
                page = graph.ask("GET", link)
                for message in page["value"]:
                    if CATEGORY in message.get("categories", []):
                        key = (mailbox, message["id"])
                        done = state.execute("select 1 from done where mailbox = ? and id = ?", key)
                        if done.fetchone():
                            continue
                        track(graph, crm, mailbox, message)
                        state.execute("insert into done values (?, ?)", key)
                        tracked += 1
                if "@odata.nextLink" not in page:
                    break
                link = page["@odata.nextLink"]
            state.execute("update folders set link = ? where mailbox = ? and folder = ?",
                          (page["@odata.deltaLink"], mailbox, folder))
        state.commit()
    return tracked


def main():
    state = sqlite3.connect(os.environ["STATE"])
    state.execute("pragma journal_mode = wal")
    state.execute("create table folders (mailbox text, folder text, link text)")
    state.execute("create table done (mailbox text, id text, primary key (mailbox, id))")
    graph = Server(os.environ["GRAPH"], sign_in(os.environ["LOGIN"]))
    crm = Server(os.environ["CRM"], os.environ["CRM_TOKEN"])
    mailboxes = os.environ["MAILBOXES"].split(",")
    for _ in sys.stdin:
        tracked = cycle(graph, crm, state, mailboxes)
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"tracked": tracked, "graph": graph.requests, "crm": crm.requests,
                          "cpu": used.ru_utime + used.ru_stime}), flush=True)


main()
