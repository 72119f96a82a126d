#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The part of ClickHouse's HTTP interface that ebpf-load uses, in front of a modern ClickHouse that comes as a library (libchdb, from npm).
One statement at a time. usage: chdb_server.py LIBCHDB FOLDER PORT [--twice] [--lose N]
--twice: every INSERT is carried out twice, as if a network had kept a copy; --lose N: of every Nth the answer is lost.
GET / says how many INSERTs came, how many of them with a token, and how many answers were lost."""
import argparse
import ctypes
import http.server
import tempfile
import threading
import urllib.parse

NO_SETTINGS = {"query", "wait_end_of_query", "database"}  # of the interface itself


class Library:
    """docs: chdb.h of https://github.com/chdb-io/chdb"""

    def __init__(self, path, folder):
        self.lib = ctypes.CDLL(path)
        self.lib.chdb_connect.restype = ctypes.c_void_p
        self.lib.chdb_query_n.restype = ctypes.c_void_p
        self.lib.chdb_query_n.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
        for name, result in (("result_buffer", ctypes.c_void_p), ("result_length", ctypes.c_size_t), ("result_error", ctypes.c_char_p), ("destroy_query_result", None)):
            function = getattr(self.lib, "chdb_" + name)
            function.restype, function.argtypes = result, [ctypes.c_void_p]
        words = [b"clickhouse", b"--path=" + folder.encode()]
        connection = self.lib.chdb_connect(len(words), (ctypes.c_char_p * len(words))(*words))
        if not connection:
            raise SystemExit("libchdb does not open " + folder)
        self.connection = ctypes.cast(connection, ctypes.POINTER(ctypes.c_void_p))[0]
        self.lock = threading.Lock()

    def ask(self, statement):
        """-> (error or None, answer)"""
        with self.lock:
            form = b"TabSeparated"
            result = self.lib.chdb_query_n(self.connection, statement, len(statement), form, len(form))
            try:
                error = self.lib.chdb_result_error(result)
                if error:
                    return error, b""
                return None, ctypes.string_at(self.lib.chdb_result_buffer(result), self.lib.chdb_result_length(result))
            finally:
                self.lib.chdb_destroy_query_result(result)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    library = options = None
    inserts = tokens = lost = 0

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, f"{Handler.inserts}\t{Handler.tokens}\t{Handler.lost}\n".encode())

    def do_POST(self):
        parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        settings = {name: value for name, value in parameters.items() if name not in NO_SETTINGS}
        query = parameters.get("query", "")
        if not query.startswith("INSERT"):
            for name, value in settings.items():
                self.library.ask(f"SET {name} = '{value}'".encode())
            error, found = self.library.ask(query.encode() + body)
            return self.answer(500 if error else 200, error or found)
        Handler.inserts += 1
        Handler.tokens += bool(settings.get("insert_deduplication_token"))
        front, form = query.rsplit(" FORMAT ", 1)
        into = front
        if settings:
            front += " SETTINGS " + ", ".join(f"{name} = '{value}'" for name, value in settings.items())
        with tempfile.NamedTemporaryFile(dir=self.options.folder) as block:  # behind the statement, some of its bytes end it
            block.write(body)
            block.flush()
            for _ in range(2 if self.options.twice else 1):
                error, found = self.library.ask(front.replace(into, f"{into} FROM INFILE '{block.name}'", 1).encode() + f" FORMAT {form}".encode())
        if not error and self.options.lose and Handler.inserts % self.options.lose == 0:
            Handler.lost += 1
            self.close_connection = True
            return None
        return self.answer(500 if error else 200, error or found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library")
    parser.add_argument("folder")
    parser.add_argument("port", type=int)
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--lose", type=int, default=0)
    Handler.options = parser.parse_args()
    Handler.library = Library(Handler.options.library, Handler.options.folder)
    http.server.ThreadingHTTPServer(("127.0.0.1", Handler.options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
