# Does to a disk what libnbd keeps its users from doing, and what it cannot be made to do either.
# The disk's first block holds ones, before and after. Ends with 0 if all is as it should be.
#
#   torture.py SOCKET EXPORT TIMES CONNECTIONS
import errno
import socket
import struct
import sys

import nbd

path, export, times, connections = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
uri = "nbd+unix:///%s?socket=%s" % (export, path)
longest = 32 << 20
most_at_once = 64
unknown_flag = 1 << 9


def connected(structured=True):
    c = nbd.NBD()
    c.set_strict_mode(0)
    c.set_request_structured_replies(structured)
    c.connect_uri(uri)
    return c


def client(structured=True):
    """A connection; while there are too many, those before it are being closed."""
    while True:
        try:
            return connected(structured)
        except nbd.Error:
            pass


def refused(expected, request, *arguments, **more):
    try:
        request(*arguments, **more)
    except nbd.Error as e:
        assert e.errnum == expected, (request, arguments[1:], more, e)
    else:
        raise AssertionError((request, arguments[1:], more, "was not refused"))


def intact(c):
    assert c.pread(4096, 0) == b"\1" * 4096


def wrong_requests(structured):
    c = client(structured)
    size = c.get_size()
    # too long
    too_long = errno.EOVERFLOW if structured else errno.EINVAL
    refused(too_long, c.pread, longest + 1, 0)
    refused(too_long, c.pread, 48 << 20, 0)
    refused(errno.EINVAL, c.pwrite, bytes(longest + 1), 0)
    # out of range
    refused(errno.EINVAL, c.pread, 4096, size - 1)
    refused(errno.EINVAL, c.pread, 1, 1 << 62)
    refused(errno.EINVAL, c.pread, 1, (1 << 64) - 1)
    refused(errno.ENOSPC, c.pwrite, b"\2" * 4096, size - 4095)
    refused(errno.ENOSPC, c.zero, 4096, size)
    refused(errno.ENOSPC, c.zero, (1 << 32) - 1, 0)
    refused(errno.EINVAL, c.trim, 4096, size)
    refused(errno.EINVAL, c.cache, 4096, size)
    # of no length
    refused(errno.EINVAL, c.pread, 0, 0)
    refused(errno.EINVAL, c.pwrite, b"", 0)
    refused(errno.EINVAL, c.trim, 0, 0)
    # flags that were not negotiated, or are of another request
    refused(errno.EINVAL, c.pread, 512, 0, flags=unknown_flag)
    refused(errno.EINVAL, c.pwrite, b"\2" * 512, 0, flags=unknown_flag)
    refused(errno.EINVAL, c.pwrite, b"\2" * 512, 0, flags=nbd.CMD_FLAG_NO_HOLE)
    refused(errno.EINVAL, c.flush, flags=nbd.CMD_FLAG_DF)
    if not structured:
        refused(errno.EINVAL, c.pread, 512, 0, flags=nbd.CMD_FLAG_DF)
    intact(c)
    c.shutdown()


def bad_magic():
    """The connection is closed, whatever else was asked before and after."""
    request = struct.Struct(">IHHQQI")
    for good in range(3):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            stream = s.makefile("rb")
            greeting = stream.read(18)
            assert greeting[:16] == b"NBDMAGICIHAVEOPT"
            s.sendall(struct.pack(">I", 3))  # fixed newstyle, no zeroes
            name = export.encode()
            s.sendall(b"IHAVEOPT" + struct.pack(">II", 1, len(name)) + name)  # EXPORT_NAME
            assert len(stream.read(10)) == 10
            for cookie in range(good):
                s.sendall(request.pack(0x25609513, 0, 0, cookie, 0, 4096))
                assert stream.read(16) == struct.pack(">IIQ", 0x67446698, 0, cookie)
                assert stream.read(4096) == b"\1" * 4096
            s.sendall(request.pack(0x25609514, 0, 1, 0, 0, 0))
            try:
                assert stream.read() == b""
            except ConnectionResetError:
                pass  # closed with something unread


def gone_in_the_middle():
    """Of replies that are not read, of requests that wait, and of one that is half sent."""
    # made once: libnbd keeps those of requests that never end
    replies = [nbd.Buffer(1 << 20) for _ in range(8)]
    payload = nbd.Buffer.from_bytearray(bytearray(longest))
    for i in range(times):
        c = client()
        for j, reply in enumerate(replies):
            c.aio_pread(reply, ((i + j) << 16) % (8 << 20))
        c.aio_pwrite(payload, 0, flags=unknown_flag)
        del c


def one_after_the_other():
    for i in range(connections):
        c = client()
        if i % 100 == 0:
            intact(c)
        del c


def too_many_at_once():
    others = []
    turned_away = 0
    for _ in range(3 * most_at_once):
        try:
            others.append(connected())
        except nbd.Error:
            turned_away += 1
    assert 0 < len(others) <= most_at_once, (len(others), turned_away)
    for c in others:
        intact(c)


wrong_requests(structured=True)
wrong_requests(structured=False)
bad_magic()
gone_in_the_middle()
one_after_the_other()
too_many_at_once()
intact(client())
