#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy that plays the hosts it is asked for. usage: proxy.py PORT-FILE CERT KEY PORT LOG

Listens on 127.0.0.1, writes its port to PORT-FILE, and takes CONNECT HOST:PORT:
the host is logged, and what it says is what the server on 127.0.0.1:PORT says,
behind TLS with CERT. Nothing else is connected to. Ends by itself after 150 seconds.
"""
import os
import socket
import ssl
import sys
import threading


def pump(a, b):
    try:
        while True:
            block = a.recv(65536)
            if not block:
                break
            b.sendall(block)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client, context, port, log):
    head = b""
    while b"\r\n\r\n" not in head:
        block = client.recv(4096)
        if not block:
            return
        head += block
    with open(log, "a") as f:
        f.write(head.split(b"\r\n", 1)[0].decode() + "\n")
    if not head.startswith(b"CONNECT "):  # plain HTTP: the server sees the whole URL
        server = socket.create_connection(("127.0.0.1", port))
        server.sendall(head)
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        pump(client, server)
        return
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        inner = context.wrap_socket(client, server_side=True)
    except (ssl.SSLError, OSError):
        return
    back = socket.create_connection(("127.0.0.1", port))
    threading.Thread(target=pump, args=(back, inner), daemon=True).start()
    pump(inner, back)


def main():
    port_file, cert, key, port, log = sys.argv[1:6]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".new", "w") as f:
        f.write("%d\n" % listener.getsockname()[1])
    os.rename(port_file + ".new", port_file)
    threading.Timer(150, lambda: os._exit(0)).start()
    while True:
        client = listener.accept()[0]
        threading.Thread(target=serve, args=(client, context, int(port), log), daemon=True).start()


main()
