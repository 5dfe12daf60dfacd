#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a shell shows when a line is completed, as at a terminal.

usage: complete.py bash|zsh SCRIPT LINE...

Starts the real shell on a pseudo-terminal without anybody's settings, loads the
completion SCRIPT, types each LINE and two tabs, and prints what then stands
there, one line each: the typed line as it was completed, and the choices.
"""
import os
import pty
import re
import select
import sys
import time


def start(shell):
    env = dict(os.environ, TERM="dumb", PS1="", HOME="/nonexistent", INPUTRC="/dev/null", COLUMNS="200", LINES="200")
    args = {"bash": ["bash", "--noprofile", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(args[0], args, env)
    return fd


def read(fd, until, seconds=20.0, quiet=None):
    """Everything until it has @until in it, or after something nothing came for @quiet seconds."""
    out, end = b"", time.time() + seconds
    while time.time() < end:
        if not select.select([fd], [], [], quiet or 0.2)[0]:
            if quiet and out:
                break
        else:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            out += data
        if until and until in out:
            break
    return out.decode(errors="replace")


def main():
    shell, script, lines = sys.argv[1], sys.argv[2], sys.argv[3:]
    fd = start(shell)
    setup = {
        "bash": "stty cols 200; bind 'set page-completions off'; bind 'set completion-query-items -1';"
                " bind 'set enable-bracketed-paste off'; source %s; PS1=; echo re''ady\n",
        "zsh": "stty cols 200; unsetopt zle_bracketed_paste prompt_sp; PS1=; autoload -Uz compinit; fpath=(%s $fpath);"
               " compinit -D -u; zstyle ':completion:*' list-prompt ''; LISTMAX=10000; echo re''ady\n",
    }[shell]
    os.write(fd, (setup % script).encode())
    read(fd, b"ready\r\n")
    for n, line in enumerate(lines):
        mark = "end%d" % n
        # Bash does one key after the other; zsh may let a completion be when
        # more was typed: the next key waits until it has shown something.
        out = ""
        if shell == "zsh":
            os.write(fd, line.encode())
            out = read(fd, line.encode()[-3:], 5)
            os.write(fd, b"\t")
            out += read(fd, None, 10, 0.2)
        else:
            os.write(fd, line.encode() + b"\t\t")
        # Ctrl-U clears what was typed; the mark says that the shell is done.
        os.write(fd, b"\x15echo e''nd%d\n" % n)
        out += read(fd, mark.encode())
        out = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07|\x08", " ", out).replace("\r", "\n")
        print(" ".join(out.split("echo e''nd")[0].split()))
    os.close(fd)


main()
