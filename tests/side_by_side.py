"""Run two commands at the same time, since a test and its server keep one of two cores busy only.

    python tests/side_by_side.py COMMAND ... -- COMMAND ...

The first one's words are shown as they come, the second one's when both have ended. Exit status: 0 when both had it,
else the first that was not. Ctrl-C reaches both, and is waited for.
"""

import shutil
import subprocess
import sys
import tempfile

INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    between = arguments.index("--")
    with tempfile.TemporaryFile() as said:
        second = subprocess.Popen(
            arguments[between + 1 :], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
        first = subprocess.Popen(arguments[:between])
        try:
            codes = [first.wait(), second.wait()]
        except KeyboardInterrupt:  # the terminal has told them too
            first.wait()
            second.wait()
            codes = [INTERRUPTED]
        said.seek(0)
        print(f"== at the same time: {' '.join(arguments[between + 1 :])}", flush=True)
        shutil.copyfileobj(said, sys.stdout.buffer)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
