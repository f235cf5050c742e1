"""Runs a program on a terminal of its own and answers what it asks.

terminal.py ANSWERS PROGRAM ARG...   with ANSWERS as JSON: [["what it prints", "what is typed"], ...]
Prints everything that the terminal showed, and ends with the program's exit code.
"""

import json
import os
import pty
import select
import sys
import time

answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])

shown = ""
seen = 0
deadline = time.monotonic() + 40
while time.monotonic() < deadline:
    readable, _, _ = select.select([terminal], [], [], 0.2)
    if readable:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk.decode("utf-8", "replace")
    if answers and answers[0][0] in shown[seen:]:
        seen = len(shown)
        os.write(terminal, (answers.pop(0)[1] + "\r").encode())

_, status = os.waitpid(pid, 0)
sys.stdout.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
