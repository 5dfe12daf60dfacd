#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a shell shows when a line is completed, as at a terminal.

usage: complete.py bash|zsh SCRIPT LINE...

Starts the real shell on a pseudo-terminal without anybody's settings, loads the
completion SCRIPT (of zsh: the folder it is in), types each LINE and tabs, and
prints what then stands there, one line each: the typed line as it was
completed, and the choices.
"""
import os
import pty
import re
import select
import sys
import time

START = {
    "bash": (["bash", "--noprofile", "--norc", "-i"],
             "stty cols 200; bind 'set page-completions off'; bind 'set completion-query-items -1';"
             " bind 'set enable-bracketed-paste off'; source %s; PS1='@''@'; echo re''ady\n"),
    "zsh": (["zsh", "-f", "-i"],
            "stty cols 200; unsetopt prompt_sp; unset zle_bracketed_paste; autoload -Uz compinit; fpath=(%s $fpath);"
            " compinit -D -u; LISTMAX=10000; PS1='@''@'; echo re''ady\n"),
}


class Shell:
    def __init__(self, name, script):
        args, setup = START[name]
        env = dict(os.environ, TERM="dumb", PS1="", HOME="/nonexistent", INPUTRC="/dev/null", COLUMNS="200", LINES="200")
        self.name, self.got = name, b""
        pid, self.fd = pty.fork()
        if pid == 0:
            os.execvpe(args[0], args, env)
        self.type(setup % script)
        self.until("ready\r\n")
        self.until("@@")

    def type(self, text):
        os.write(self.fd, text.encode())

    def more(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            self.got += os.read(self.fd, 65536)
        except OSError:
            sys.exit("the shell ended: %r" % self.got)
        return True

    def until(self, mark, seconds=60):
        """What came up to @mark; what came behind it is kept."""
        end = time.time() + seconds
        while mark.encode() not in self.got:
            self.more(0.2)
            if time.time() > end:
                sys.exit("no %r in %r" % (mark, self.got))
        head, _, self.got = self.got.partition(mark.encode())
        return head.decode(errors="replace")

    def complete(self, line, n):
        # Keys count only from where the shell asks for them, at its prompt. Bash
        # does one after the other; zsh lets a completion be when more was typed,
        # so that the next key waits until it has shown something.
        out = ""
        if self.name == "zsh":
            self.type(line)
            out = self.until(line[-3:]) + line[-3:]
            self.type("\t")
            self.more(10)
            while self.more(0.2):
                pass
        else:
            self.type(line + "\t\t")
        # Ctrl-U clears what was typed; the mark says that the shell is done.
        self.type("\x15echo e''nd%d\n" % n)
        out += self.until("echo e''nd%d" % n)
        self.until("end%d\r\n" % n)
        self.until("@@")
        out = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07|\x08|@@", " ", out).replace("\r", "\n")
        return " ".join(out.split())


def main():
    shell = Shell(sys.argv[1], sys.argv[2])
    for n, line in enumerate(sys.argv[3:]):
        print(shell.complete(line, n))
    os.close(shell.fd)


main()
