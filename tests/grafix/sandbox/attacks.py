"""Sketches that try to get out of their worker. Each prints PWNED if it does; most end with what stopped them.

HOME, PORT, VICTIM and KERNELS are what the world of `test_jail` holds. `C` is the C library; `failed` makes an OSError
of its -1.
"""

import platform
from dataclasses import dataclass

HEAD = """import ctypes, errno, fcntl, mmap, os, resource, signal, socket, stat, subprocess, sys, threading, time
C = ctypes.CDLL(None, use_errno=True)
def failed(result):
    if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
"""
DENIED = "Permission denied"
NOWHERE = "No such file"
"""What a relative name meets: workers stand where no file can be made."""
FORBIDDEN = "Operation not permitted"
MEMORY = "memory"
SLOW = "did not finish"


@dataclass(frozen=True)
class Attack:
    """A sketch, and what its failure or its output says when it is contained."""

    source: str
    says: str


TIME = {
    "an endless loop": Attack("while True: pass", SLOW),
    "an endless loop deaf to signals": Attack(
        "for number in range(1, 65):\n"
        "    try: signal.signal(number, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True: pass",
        SLOW,
    ),
    "an endless compiled loop": Attack(
        "import numba\n@numba.njit\ndef spin(n):\n    while n > 0: n = n % 7 + 1\n    return n\nspin(1)", SLOW
    ),
    "a long sleep": Attack("time.sleep(600)", SLOW),
    "a wait for a signal": Attack("signal.pause()", SLOW),
}
MEMORY_AND_FILES = {
    "100 GB at once": Attack("bytearray(10**11); print('PWNED')", MEMORY),
    "a list that grows": Attack("kept = []\nwhile True: kept.append(bytearray(1 << 20))", MEMORY),
    "arrays that pile up": Attack("import numpy as np\nkept = []\nwhile True: kept.append(np.ones(1 << 20))", MEMORY),
    "500 MB at once": Attack("bytearray(500 << 20); print('PWNED')", MEMORY),
    "shared anonymous memory": Attack(
        "kept = []\nfor _ in range(40):\n"
        "    kept.append(mmap.mmap(-1, 64 << 20)); kept[-1].write(b'x' * (64 << 20))\nprint('PWNED')",
        "",
    ),
    "memory behind a descriptor": Attack("os.memfd_create('x'); print('PWNED')", FORBIDDEN),
    "memory in pipes": Attack("os.pipe(); print('PWNED')", FORBIDDEN),
    "a flood of output": Attack("while True: print('x' * 100000)", "printed too much"),
    "6 MB of output": Attack("print('x' * 6_000_000); print('PWNED')", "printed too much"),
    "a log made huge by a hole": Attack("os.ftruncate(2, 1 << 40); print('PWNED')", ""),
    "a write far behind the log's end": Attack("os.lseek(2, 1 << 40, 0); os.write(2, b'x'); print('PWNED')", "printed"),
    "200 open files": Attack("kept = [open(os.__file__) for _ in range(200)]; print('PWNED')", "Too many open files"),
    "locked memory": Attack("failed(C.mlockall(3)); print('PWNED')", FORBIDDEN),
}
PROCESSES = {
    "a fork": Attack("if os.fork() == 0: os._exit(0)\nprint('PWNED')", FORBIDDEN),
    "a fork bomb": Attack("while True: os.fork()", FORBIDDEN),
    "a daemon": Attack(
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(60)\n    os._exit(0)\nprint('PWNED')",
        FORBIDDEN,
    ),
    "2000 threads": Attack(
        "for _ in range(2000): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint('PWNED')",
        "can't start new thread",
    ),
    "a shell": Attack("subprocess.run('id', shell=True, check=True); print('PWNED')", FORBIDDEN),
    "another program": Attack("os.execv('/bin/sh', ['sh', '-c', 'echo PWNED'])", FORBIDDEN),
    "another program by C": Attack(
        "failed(C.execve(b'/bin/sh', (ctypes.c_char_p * 4)(b'sh', b'-c', b'echo PWNED', None), None))", FORBIDDEN
    ),
    "another process group": Attack("os.setpgid(0, os.getppid()); print('PWNED')", FORBIDDEN),
    "its parent killed": Attack("os.kill(os.getppid(), 9); print('PWNED')", FORBIDDEN),
    "everybody killed": Attack("os.kill(-1, 9); print('PWNED')", FORBIDDEN),
    "the victim killed by a descriptor": Attack(
        "signal.pidfd_send_signal(os.pidfd_open(VICTIM), 9); print('PWNED')", FORBIDDEN
    ),
    "the victim signalled by a file": Attack(
        "fcntl.fcntl(2, 8, VICTIM); fcntl.fcntl(2, 10, 9); print('PWNED')", FORBIDDEN
    ),
    "the victim traced": Attack("failed(C.ptrace(16, VICTIM, 0, 0)); print('PWNED')", FORBIDDEN),
    "the victim's memory": Attack(
        "vector = (ctypes.c_void_p * 2)(0x400000, 8)\n"
        "failed(C.process_vm_readv(VICTIM, vector, 1, vector, 1, 0)); print('PWNED')",
        FORBIDDEN,
    ),
    "the victim's priority": Attack("os.setpriority(os.PRIO_PROCESS, VICTIM, 19); print('PWNED')", FORBIDDEN),
    "the parent's limits": Attack(
        "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3)); print('PWNED')", FORBIDDEN
    ),
    "its own limits": Attack("resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); print('PWNED')", "not allowed"),
    "its death with the parent": Attack("failed(C.prctl(1, 0, 0, 0, 0)); print('PWNED')", FORBIDDEN),
    "a core dump": Attack("failed(C.prctl(4, 1, 0, 0, 0)); print('PWNED')", FORBIDDEN),
    "a user namespace": Attack("failed(C.unshare(0x10000000)); print('PWNED')", FORBIDDEN),
    "io_uring": Attack("failed(C.syscall(425, 4, ctypes.create_string_buffer(256))); print('PWNED')", FORBIDDEN),
}
NETWORK = {
    "TCP": Attack("socket.create_connection(('127.0.0.1', PORT), 2); print('PWNED')", FORBIDDEN),
    "UDP": Attack(
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT)); print('PWNED')",
        FORBIDDEN,
    ),
    "a socket file": Attack("socket.socket(socket.AF_UNIX).connect(HOME + '/listener'); print('PWNED')", FORBIDDEN),
    "an abstract socket": Attack(
        "socket.socket(socket.AF_UNIX).connect(f'\\0artloop{PORT}'); print('PWNED')", FORBIDDEN
    ),
    "a listener of its own": Attack("socket.create_server(('127.0.0.1', 0)); print('PWNED')", FORBIDDEN),
}
FILES = {
    "the users of the machine": Attack("print('PWNED', open('/etc/passwd').read()[:20])", DENIED),
    "a key": Attack("print('PWNED', open(HOME + '/.ssh/id_rsa').read())", DENIED),
    "a key by C": Attack("failed(C.open((HOME + '/.ssh/id_rsa').encode(), 0)); print('PWNED')", DENIED),
    "a list of files": Attack("print('PWNED', os.listdir(HOME))", DENIED),
    "a list of its own folder": Attack("print('PWNED', os.listdir('.'))", DENIED),
    "artloop's own folder": Attack(
        "import artloop\nprint('PWNED', os.listdir(os.path.dirname(os.path.dirname(artloop.__file__))))", DENIED
    ),
    "the environment": Attack(
        "C.getenv.restype = ctypes.c_char_p\n"
        "print('PWNED' if os.environ or C.getenv(b'PATH') or C.getenv(b'PYTHONPATH') else 'bare')",
        "bare",
    ),
    "its first environment": Attack("print('PWNED', open('/proc/self/environ').read())", DENIED),
    "its parent's environment": Attack("print('PWNED', open(f'/proc/{os.getppid()}/environ').read())", DENIED),
    "the victim's environment": Attack("print('PWNED', open(f'/proc/{VICTIM}/environ').read())", DENIED),
    "the victim's files": Attack("print('PWNED', os.readlink(f'/proc/{VICTIM}/cwd'))", DENIED),
    "a file above": Attack("open('../../x', 'w'); print('PWNED')", DENIED),
    "a file in its folder": Attack("open('x', 'w'); print('PWNED')", NOWHERE),
    "a file in a temporary folder": Attack("open(HOME + '/x', 'w'); print('PWNED')", DENIED),
    "a nameless file": Attack("os.open(HOME, os.O_TMPFILE | os.O_RDWR); print('PWNED')", DENIED),
    "a file in shared memory": Attack("open('/dev/shm/artloop-x', 'w'); print('PWNED')", DENIED),
    "a file through a planted link": Attack("open(HOME + '/planted', 'a').write('x'); print('PWNED')", DENIED),
    "a link to a key": Attack("os.symlink(HOME + '/.ssh/id_rsa', 'link'); print('PWNED')", FORBIDDEN),
    "a second name for a key": Attack("os.link(HOME + '/.ssh/id_rsa', 'link'); print('PWNED')", FORBIDDEN),
    "a file moved": Attack("os.rename(HOME + '/file', 'stolen'); print('PWNED')", FORBIDDEN),
    "a file removed": Attack("os.remove(HOME + '/file'); print('PWNED')", FORBIDDEN),
    "a folder": Attack("os.mkdir(HOME + '/folder'); print('PWNED')", FORBIDDEN),
    "a file emptied": Attack("os.truncate(HOME + '/file', 0); print('PWNED')", FORBIDDEN),
    "a permission": Attack("os.chmod(HOME + '/.ssh/id_rsa', 0o777); print('PWNED')", FORBIDDEN),
    "an owner": Attack("os.chown(HOME + '/file', 1, 1); print('PWNED')", FORBIDDEN),
    "a date": Attack("os.utime(HOME + '/file', (0, 0)); print('PWNED')", FORBIDDEN),
    "an attribute": Attack("os.setxattr(HOME + '/file', 'user.x', b'x'); print('PWNED')", FORBIDDEN),
    "another root": Attack("os.chroot(HOME); print('PWNED')", FORBIDDEN),
    "another folder": Attack("os.chdir(HOME); print('PWNED')", FORBIDDEN),
    "many files": Attack("for n in range(200): open(f'f{n}', 'wb').write(b'x' * (1 << 20))\nprint('PWNED')", NOWHERE),
    "the compiled kernels": Attack(
        "for folder, _, names in os.walk(KERNELS):\n"
        "    for name in names: os.open(os.path.join(folder, name), os.O_WRONLY)\nprint('PWNED')",
        DENIED,
    ),
    "an installed package": Attack(
        "import grafix\nopen(os.path.dirname(grafix.__file__) + '/x.py', 'w'); print('PWNED')", DENIED
    ),
}
X86 = {
    "clone, fork, vfork and clone3 by number": Attack(
        "for number, first in ((56, 17), (57, 0), (58, 0), (435, 0)):\n"
        "    made = C.syscall(number, first, 0, 0, 0, 0)\n"
        "    if made == 0: os._exit(0)\n"
        "    print('PWNED' if made > 0 else errno.errorcode[ctypes.get_errno()])",
        "EPERM\nEPERM\nEPERM\nENOSYS",
    ),
    "a fork by the 32-bit gate": Attack(
        "gate = mmap.mmap(-1, 4096, prot=7); gate.write(bytes.fromhex('b802000000cd80c3'))\n"
        "call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(gate)))\n"
        "made = call()\nif made == 0: os._exit(0)\nprint('PWNED' if made > 0 else 'refused')",
        "SIGSYS",
    ),
    "a fork by the x32 gate": Attack(
        "made = C.syscall(0x40000000 | 57)\nif made == 0: os._exit(0)\nfailed(made); print('PWNED')", FORBIDDEN
    ),
    "a key by a handle": Attack("failed(C.syscall(304, -100, b'x', 0)); print('PWNED')", FORBIDDEN),
}
"""System calls by their numbers, which differ on other processors."""
DESCRIPTORS = {
    "a descriptor of the server": Attack(
        "for number in range(3, 1024):\n"
        "    try: mode = os.fstat(number).st_mode\n"
        "    except OSError: continue\n"
        "    if not stat.S_ISFIFO(mode): print('PWNED', number, oct(mode))",
        "",
    ),
    "the victim's output": Attack("os.open(f'/proc/{VICTIM}/fd/1', os.O_WRONLY); print('PWNED')", DENIED),
    "its parent's descriptors": Attack(
        "for number in range(64):\n"
        "    try: os.open(f'/proc/{os.getppid()}/fd/{number}', os.O_RDWR)\n"
        "    except PermissionError: continue\n"
        "    print('PWNED', number)",
        "",
    ),
    "all descriptors closed": Attack("os.closerange(0, 1024)", "ended the program"),
    "output closed": Attack("os.close(1); os.close(2); print('heard by nobody')", ""),
}
CRASHES = {
    "a null pointer": Attack("ctypes.string_at(0)", "SIGSEGV"),
    "endless recursion": Attack("sys.setrecursionlimit(10**9)\ndef f(n): return list(map(f, [n]))\nf(0)", ""),
    "an exit": Attack("os._exit(0)", "ended early"),
    "SystemExit": Attack("raise SystemExit(0)", "ended the program"),
    "an abort": Attack("os.abort()", "SIG"),
}
if platform.machine() != "x86_64":
    X86.clear()
ATTACKS = {**X86, **TIME, **MEMORY_AND_FILES, **PROCESSES, **NETWORK, **FILES, **DESCRIPTORS, **CRASHES}

OWN_PRIMITIVE = """from grafix import G, L, primitive
import numpy as np
@primitive
def own(*, n=1):
    {}
def draw(t): return L(name={}).layer(G.own())
"""


def own(body: str, name: str = "'ink'") -> str:
    """A sketch with a primitive of its own."""
    return OWN_PRIMITIVE.format(body, name)


def layered(layer: str, head: str = "") -> str:
    """A sketch of one polygon whose layer is given otherwise."""
    return (
        f"{head}\nfrom grafix import E, G, L\ng = G.polygon(n_sides=6, scale=50.0, center=(50.0, 40.0, 0.0))\n{layer}"
    )


def forged(header: str, blobs: str = "[]") -> str:
    """A sketch that answers itself, by the pipe that is kept for its worker."""
    return f"""import json, os, stat, struct
HUGE = 10 ** 400
blobs = {blobs}
header = json.dumps({{**{header}, "blobs": [len(blob) for blob in blobs]}}).encode()
frame = struct.pack("!I", len(header)) + header + b"".join(blobs)
for number in range(3, 64):
    try: os.write(number, frame)
    except OSError: pass
while True: pass
"""


INK = '"name": "ink", "color": [0, 0, 0], "width_mm": 0.3'
POINTS = 'struct.pack("<4f", 1, 1, 9, 9)'
OFFSETS = 'struct.pack("<2i", 0, 2)'
GRAFIX: dict[str, Attack] = {
    "a thousand million cells": Attack(layered("def draw(t): return G.grid(nx=10**9, ny=10**9, scale=50.0)"), ""),
    "a hundred million copies": Attack(layered("def draw(t): return E.repeat(count=10**8)(g)"), ""),
    "a polygon of 10^9 sides": Attack(layered("def draw(t): return G.polygon(n_sides=10**9, scale=50.0)"), ""),
    "10^7 vertices": Attack(own("return np.zeros((10**7, 3), 'f4'), np.array([0, 10**7])"), ""),
    "10^6 vertices": Attack(own("return np.zeros((10**6, 3), 'f4'), np.array([0, 10**6])"), "more than fit"),
    "10^6 strokes of one point": Attack(own("return np.ones((10**6, 3)), np.arange(10**6 + 1)"), "more than fit"),
    "10^5 strokes of no point": Attack(own("return np.ones((2, 3)), np.array([0] * 10**5 + [2])"), "ok"),
    "NaN": Attack(own("return np.full((9, 3), np.nan), np.array([0, 9])"), "NaN or infinite"),
    "infinity": Attack(own("return np.full((9, 3), np.inf), np.array([0, 9])"), "NaN or infinite"),
    "the largest floats": Attack(own("return np.full((9, 3), 3e38), np.array([0, 9])"), "farther than 1 km"),
    "offsets beyond the points": Attack(own("return np.ones((9, 3)), np.array([0, 10**6])"), ""),
    "numbers that are objects": Attack(own("return np.full((9, 3), 1.0, dtype=object), np.array([0, 9])"), ""),
    "a script as a layer's name": Attack(
        own("return np.eye(3) * 9, np.array([0, 3])", "'\"><script>x</script>'"), "ok"
    ),
    "the end of the SVG as a name": Attack(
        own("return np.eye(3) * 9, np.array([0, 3])", "'</g></svg><!DOCTYPE a>'"), "ok"
    ),
    "control characters as a name": Attack(
        own("return np.eye(3) * 9, np.array([0, 3])", "'\\0\\n\\ud800\\u202e]]>'"), "ok"
    ),
    "a name of 10^7 letters": Attack(own("return np.eye(3) * 9, np.array([0, 3])", "'x' * 10**7"), "cannot be used"),
    "3000 layers": Attack(
        layered("def draw(t): return [L(name=f'{n}').layer(g) for n in range(3000)]"), "geometry that is none"
    ),
    "endless layers": Attack(layered("def draw(t):\n    while True: yield from L(name='ink').layer(g)"), ""),
    "a list that holds itself": Attack(layered("nest = []\nnest.append(nest)\ndef draw(t): return nest"), ""),
    "a draw that calls itself": Attack("def draw(t): return draw(t)", "RecursionError"),
    "a colour whose number never comes": Attack(
        layered(
            "def draw(t): return L(name='ink').layer(g, color=(Late(), 0.0, 0.0))",
            "class Late(float):\n    def __float__(self):\n        while True: pass",
        ),
        "",
    ),
    "a colour whose number is an exit": Attack(
        layered(
            "def draw(t): return L(name='ink').layer(g, color=(Exit(), 0.0, 0.0))",
            "import os\nclass Exit(float):\n    def __float__(self): os._exit(0)",
        ),
        "",
    ),
    "a thickness that is infinite": Attack(
        layered("def draw(t): return L(name='ink').layer(g, thickness=float('inf'))"), ""
    ),
    "a thickness below zero": Attack(layered("def draw(t): return L(name='ink').layer(g, thickness=-1e300)"), ""),
    "a thickness of 10^30": Attack(
        layered("def draw(t): return L(name='ink').layer(g, thickness=1e30)"), "ValueError on reading it"
    ),
    "colours far out of range": Attack(
        layered("def draw(t): return L(name='ink').layer(g, color=(-1e300, 1e300, 7))"), "ok"
    ),
    "a colour that is not a number": Attack(
        layered("def draw(t): return L(name='ink').layer(g, color=(float('nan'), 0, 0))"), "NaN"
    ),
    "a chain of 10^5 effects": Attack(
        layered("def draw(t):\n    h = g\n    for n in range(10**5): h = E.rotate()(h)\n    return h"), ""
    ),
    "an effect a million times": Attack(
        layered("def draw(t): return E.subdivide(subdivisions=10**6)(E.subdivide(subdivisions=10**6)(g))"), ""
    ),
    "geometry that is empty": Attack(own("return np.zeros((0, 3)), np.array([0])"), "ok"),
    "no layers at all": Attack("def draw(t): return []", "ok"),
    "a primitive that calls itself": Attack(own("return G.own(n=n + 1).evaluate() if False else own(n=n + 1)"), ""),
    "a generator that never ends": Attack(
        layered("def draw(t):\n    while True: yield g"),
        "",
    ),
    "a lambda that grows": Attack(layered("draw = lambda t: [g] * 10**9"), ""),
    "a draw that is a class": Attack(layered("class draw:\n    def __init__(self, t): self.t = draw(t)"), ""),
    "an effect of its own that lies about its size": Attack(
        own("return np.lib.stride_tricks.as_strided(np.zeros(3), (10**9, 3), (0, 8)), np.array([0, 10**9])"), ""
    ),
    "an error that cannot be told": Attack(
        "class Mute(BaseException):\n    def __str__(self): raise self\nraise Mute", ""
    ),
    "an error of 10^7 letters": Attack("raise ValueError('x' * 10**7)", "ValueError"),
    "an error that holds itself": Attack("e = ValueError('x')\ne.__cause__ = e\nraise e", ""),
    "Grafix taken apart": Attack(
        "import grafix.core.pipeline as p, grafix.core.realize as r\np.realize_scene = r.realize = None\n"
        + layered("def draw(t): return g"),
        "",
    ),
    "the wire replaced": Attack(
        "import artloop.grafix.sandbox.wire as w\nw.pack = lambda *a: b'\\xff' * 99\n"
        + layered("def draw(t): return g"),
        "header is too long",
    ),
    "the answer replaced": Attack(
        "import artloop.grafix.sandbox.child as c\nc.run = c._layers = c._packed = None\n"
        + layered("def draw(t): return g"),
        "",
    ),
    "writing replaced": Attack(
        "import os\nos.write = lambda fd, data: 0\n" + layered("def draw(t): return g"), "did not finish"
    ),
    "a forged 4 GB frame": Attack(forged("{}").replace("len(header))", "2**32 - 1)"), "header is too long"),
    "a forged frame of 4 GB of blobs": Attack(
        forged("{}").replace('"blobs": [len(blob) for blob in blobs]', '"blobs": [2**32]'), "too large"
    ),
    "forged negative blobs": Attack(
        forged("{}").replace('"blobs": [len(blob) for blob in blobs]', '"blobs": [-9, 9]'), "announces no blobs"
    ),
    "a forged frame that never ends": Attack(
        forged("{}").replace("frame = ", "frame = (").replace("join(blobs)", "join(blobs))[:-1]"), "did not finish"
    ),
    "forged offsets that wrap around": Attack(
        forged(f'{{"layers": [{{{INK}}}]}}', f'[{POINTS}, struct.pack("<5i", 0, 2**31 - 1, -2**31, -1, 2)]'),
        "ValueError on reading it",
    ),
    "forged numbers too large for a float": Attack(
        forged(f'{{"layers": [{{{INK.replace("0.3", "HUGE")}}}]}}', f"[{POINTS}, {OFFSETS}]"), "OverflowError"
    ),
    "a forged name that is no text": Attack(
        forged(f'{{"layers": [{{{INK.replace(chr(34) + "ink" + chr(34), "[[[]]]")}}}]}}', f"[{POINTS}, {OFFSETS}]"),
        "ValueError on reading it",
    ),
    "forged layers that are none": Attack(forged('{"layers": [1, None]}', "[b'', b'', b'', b'']"), "on reading it"),
    "a forged failure that says busy": Attack(
        forged('{"failure": {"kind": "busy", "message": "x", "line": None, "hint": ""}}'), "ValueError on reading it"
    ),
    "a forged failure without end": Attack(
        forged('{"failure": {"kind": "output", "message": "x" * 900000, "line": HUGE, "hint": "y" * 90000}}'), "xxx"
    ),
    "a forged answer before its own": Attack(
        forged(f'{{"layers": [{{{INK}}}]}}', f"[{POINTS}, {OFFSETS}]").replace(
            "while True: pass", layered("def draw(t): return g")
        ),
        "ok",
    ),
}
"""Whole sketches that use Grafix, or the worker's own means, against the server. `ok`: they draw and do no harm."""
