# SPDX-License-Identifier: Apache-2.0
"""TLS in front of a server of 127.0.0.1 that has none. In front of a broker it also asks for a user (SASL PLAIN), and the brokers that
Kafka's answers name become the proxies in front of them."""
import os
import select
import shutil
import socket
import ssl
import struct
import subprocess
import threading


def missing():
    return "" if shutil.which("openssl") else "openssl is not installed"


class Certificates:
    """An authority, a server's certificate for 127.0.0.1, and a client's, whose key has a password."""
    KEY_PASSWORD = "hush of the key"

    def __init__(self, folder):
        os.makedirs(folder)
        self.path = lambda name: os.path.join(folder, name)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=authority",
                     "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"))
        for name in ("server", "client"):
            self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                         "-keyout", self.path(name + ".open"), "-out", self.path(name + ".csr"))
            with open(self.path("extensions"), "w", encoding="utf-8") as file:
                file.write("subjectAltName=IP:127.0.0.1\n")
            self.openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"), "-CAcreateserial",
                         "-days", "2", "-extfile", self.path("extensions"), "-out", self.path(name + ".pem"))
        self.openssl("pkcs8", "-topk8", "-in", self.path("client.open"), "-passout", "pass:" + self.KEY_PASSWORD, "-out", self.path("client.key"))

    @staticmethod
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def for_server(self, asks_clients):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.pem"), self.path("server.open"))
        if asks_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.path("ca.pem"))
        return context


class TlsProxy:
    def __init__(self, context, port):
        self.context, self.to = context, port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start(self.accept)

    @staticmethod
    def start(work, *arguments):
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:  # closed
                return
            self.start(self.serve, raw)

    def serve(self, raw):
        try:
            with self.context.wrap_socket(raw, server_side=True) as client, socket.create_connection(("127.0.0.1", self.to)) as server:
                if not self.admits(client, server):
                    return
                answers = b""
                while True:  # one thread: a TLS connection is for one
                    ready = [client] if client.pending() else select.select([client, server], [], [])[0]
                    for one in ready:
                        data = one.recv(1 << 16)
                        if not data:
                            return
                        if one is client:
                            server.sendall(data)
                        else:
                            whole, answers = self.translated(answers + data)
                            client.sendall(whole)
        except OSError:  # a handshake that failed, a connection that ended: the client's matter
            pass

    def admits(self, client, server):
        return True

    def translated(self, data):
        """-> (what the client gets, what waits for more)"""
        return data, b""

    def close(self):
        self.listener.close()


class KafkaTlsProxy(TlsProxy):
    """proxies: {port of a broker: port of its proxy}, also of those that are made later."""
    API_VERSIONS, SASL_HANDSHAKE = struct.pack(">h", 18), struct.pack(">h", 17)

    def __init__(self, context, port, proxies, user, password):
        self.proxies, self.token, self.admitted = proxies, f"\0{user}\0{password}".encode(), 0
        super().__init__(context, port)
        proxies[port] = self.port

    @staticmethod
    def exactly(connection, size):
        data = b""
        while len(data) < size:
            more = connection.recv(size - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    @staticmethod
    def send(connection, data):
        connection.sendall(struct.pack(">i", len(data)) + data)

    def with_handshake(self, answer):
        """The mock cluster knows no SASL: another one in the list of what the broker knows, which begins behind an id and an error."""
        error, count = struct.unpack(">hi", answer[8:14])
        if error:
            return answer
        data = answer[4:10] + struct.pack(">i", count + 1) + self.SASL_HANDSHAKE + struct.pack(">hh", 0, 0) + answer[14:]
        return struct.pack(">i", len(data)) + data

    def frame(self, connection):
        size = self.exactly(connection, 4)
        return size + self.exactly(connection, struct.unpack(">i", size)[0])

    def admits(self, client, server):
        request = self.frame(client)
        while request[4:6] == self.API_VERSIONS:  # once more if the newest was not known
            server.sendall(request)
            client.sendall(self.with_handshake(self.frame(server)))
            request = self.frame(client)
        mechanism = struct.pack(">h", 5) + b"PLAIN"
        if request[4:6] != self.SASL_HANDSHAKE or not request.endswith(mechanism):
            return False
        self.send(client, request[8:12] + struct.pack(">hi", 0, 1) + mechanism)
        if self.frame(client)[4:] != self.token:
            return False
        self.send(client, b"")
        self.admitted += 1
        return True

    def translated(self, data):
        whole = b""
        while len(data) >= 4 and len(data) >= (size := 4 + struct.unpack(">i", data[:4])[0]):
            answer, data = data[:size], data[size:]
            for port, proxy in list(self.proxies.items()):
                answer = answer.replace(b"127.0.0.1" + struct.pack(">i", port), b"127.0.0.1" + struct.pack(">i", proxy))
            whole += answer
        return whole, data
