#!/usr/bin/env python3
"""tools/check finds what it looks for: a small tree that is right, then one thing wrong at a time."""
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools/check"
IDS = """// 10xx configuration
MOSAIC_ERROR_ROW(kOne, 1001, kNotFound, "One")
//   Do one.
MOSAIC_ERROR_ROW(kTwo, 1002, kAborted, "Two", Retry::kCall)
//   Do two.
// 32xx plan
MOSAIC_ERROR_ROW(kThree, 3201, kUnimplemented, "Three")
//   Do three.
MOSAIC_ERROR_ROW(kFour, 3202, kInternal, "Four")
//   Do four.
"""
REFUSED = """# a list
none MO-3202 a fault

= reads

id MO-3201
refused this | that
instead other
session SELECT {9 times (}1
"""
RIGHT = {
    "lib/base/error_ids.inc": IDS,
    "lib/base/use.cc": "errors::kOne; errors::kTwo; errors::kThree; errors::kFour;\n",
    "tests/live/refused.cases": REFUSED,
    "docs/limitations.md": "Prose.\n\n<!-- refused: reads -->\n<!-- end -->\n",
    "include/mosaic/one.h": "// module: base\n#pragma once\n\nnamespace mosaic {\n\n/// One.\nstruct One {};\n}\n",
    "README.md": "[a](docs/errors.md#10xx) [b](https://example.com/x) [c](#d)\n\n```\n[e](nowhere.md)\n```\n",
}
# What is changed, and what must be said of it.
WRONG = [
    ("lib/base/use.cc", "errors::kOne; errors::kThree; errors::kFour;\n", "kTwo (MO-1002) is used nowhere"),
    ("lib/base/use.cc", "errors::kOne; errors::kTwo; errors::kThree; errors::kFour;\n" + "\n" * 500, "501 lines; 500 at most"),
    ("lib/base/use.cc", "errors::kOne; errors::kTwo; f(\"" + "/ro" + "ot/x\");\n", "a path of one machine"),
    ("tests/live/x.cases", "see " + "/wo" + "rk/main\n", "a path of one machine"),
    ("README.md", "\n[a](docs/error.md)\n", "README.md:2: the link to docs/error.md leads nowhere"),
    ("README.md", "[a][b]\n\n[b]: docs/\n[c]: doc/\n", "README.md:4: the link to doc/ leads nowhere"),
    ("include/mosaic/one.h", "#pragma once\n\nstruct One {};\n", "no /// comment"),
    ("lib/base/error_ids.inc", IDS.replace("One\"", "Other\""), "docs/errors.md:1: is not what"),
    ("lib/base/error_ids.inc", IDS.replace("//   Do two.\n", ""), "kTwo has no remedy"),
    ("lib/base/error_ids.inc", IDS.replace("1002", "1001"), "kTwo 1001 is there already"),
    ("lib/base/error_ids.inc", IDS.replace("kTwo", "kOne"), "kOne 1002 is there already"),
    ("lib/base/error_ids.inc", IDS.replace("(kTwo, ", "(kTwo,"), "no row as its first line says"),
    ("docs/errors.md", "", "docs/errors.md:1: is not what"),
    ("docs/limitations.md", "<!-- refused: reads -->\n<!-- end -->\n", "docs/limitations.md:1: is not what"),
    ("docs/limitations.md", "Prose.\n", "`<!-- refused: reads -->` stands only there or only in"),
    ("tests/live/refused.cases", REFUSED.replace("this", "these"), "docs/limitations.md:1: is not what"),
    ("tests/live/refused.cases", REFUSED.replace("none MO-3202 a fault\n", ""), "kFour (MO-3202) has no example"),
    ("tests/live/refused.cases", REFUSED.replace("session SELECT {9 times (}1\n", ""), "the refusal has no example"),
    ("tests/live/refused.cases", REFUSED.replace("\nid MO-3201\n", "\n"), "refused.cases:6: stands in no refusal"),
]


def run(root, *arguments):
    return subprocess.run([CHECK, *arguments, root], capture_output=True, text=True, check=False)


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        for path, text in RIGHT.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        made = run(root, "--write")
        if made.returncode != 0 or run(root).returncode != 0:
            print("a right tree is refused:", made.stdout, made.stderr)
            return 1
        for path, text, expected in WRONG:
            changed = root / path
            before = changed.read_text(encoding="utf-8") if changed.exists() else None
            changed.parent.mkdir(parents=True, exist_ok=True)
            changed.write_text(text, encoding="utf-8")
            found = run(root)
            if found.returncode != 1 or expected not in found.stdout:
                failures += 1
                print(f"{path} changed: expected `{expected}`, got:\n{found.stdout}{found.stderr}")
            if before is None:
                changed.unlink()
            else:
                changed.write_text(before, encoding="utf-8")
    print(f"{len(WRONG) - failures} of {len(WRONG)} found")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
