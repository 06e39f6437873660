"""A receiver of change notifications on this machine."""

import http.server
import json
import queue
import threading
import urllib.parse


class Receiver:
    """Proves its addresses by repeating the token, and keeps what is posted to them.

    `/notify` takes notifications; `/mute` answers the token of the handshake with another text.
    """

    def __init__(self):
        posts = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                token = urllib.parse.parse_qs(query).get("validationToken")
                if token is None:
                    posts.put(body)
                    self.send_response(202)
                    self.end_headers()
                    return
                answer = token[0].encode() if path == "/notify" else b"What token?"
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                """Says nothing: only the checks print."""

        self._posts = posts
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def notifications(self, seconds):
        """The notifications of the next post; none after `seconds`. The SDK has no type for
        them."""
        try:
            return json.loads(self._posts.get(timeout=seconds))["value"]
        except queue.Empty:
            return []

    def close(self):
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()
