"""main() for tests that are written with unittest: it is unittest.main(), and says why tests were skipped.

unittest itself counts skipped tests and keeps their reasons to itself. tests/run.sh, tests/architectures.sh
and bench/run.sh look for lines that begin with "skipped: ", so each reason has to have such a line; the dots
that unittest prints for tests may stand before anything that a test prints itself.
"""
import unittest


class Result(unittest.TextTestResult):
    def printErrors(self):
        """The runner calls this behind the last test, and the line of dots ends here."""
        super().printErrors()
        for reason in sorted({reason for _, reason in self.skipped}):
            self.stream.writeln(f"skipped: {reason}")


class Runner(unittest.TextTestRunner):
    resultclass = Result


def main():
    unittest.main(testRunner=Runner)
