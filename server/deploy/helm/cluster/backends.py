"""Serves one backend for each NAME=ADDRESS:PORT, which answers with its name, the method and the path."""
import http.server
import sys
import threading


def handler(name):
    """Returns the handler of a backend."""
    class Backend(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = f"{name} {self.command} {self.path}\n".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *arguments):
            pass
    return Backend


threads = []
for argument in sys.argv[1:]:
    name, place = argument.split("=")
    address, port = place.split(":")
    server = http.server.ThreadingHTTPServer((address, int(port)), handler(name))
    threads.append(threading.Thread(target=server.serve_forever))
for thread in threads:
    thread.start()
