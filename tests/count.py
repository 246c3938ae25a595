# SPDX-License-Identifier: Apache-2.0
"""Add up meson's JUnit files; argument 1 is how many builds broke."""
import sys
import xml.etree.ElementTree as tree

passed = failed = skipped = 0
failed += int(sys.argv[1])
for name in sys.argv[2:]:
    for case in tree.parse(name).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print("failed:", name, case.get("classname", ""), case.get("name"))
        elif case.find("skipped") is not None:
            skipped += 1
            print("skipped:", case.get("classname", ""), case.get("name"))
        else:
            passed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
