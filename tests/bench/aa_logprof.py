#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""aa-logprof of a folder of unpacked packages, each of its questions answered with "allow".

usage: aa_logprof.py ROOT CONFIGURATION PROFILES LOG

What its program does, without asking whether this machine's kernel has AppArmor, and without
the time that a terminal would take. Runs under Debian's own python3.
"""
import os
import sys

root, configuration, profiles, log = sys.argv[1:5]
sys.path.insert(0, root + "/usr/lib/python3/dist-packages")

import apparmor.aa as aa  # noqa: E402
import apparmor.ui as ui  # noqa: E402

ORDER = ("CMD_ALLOW", "CMD_SAVE_CHANGES", "CMD_ix", "CMD_IGNORE_ENTRY")


def answer(question, params=""):
    for key in ORDER:
        if key in question.functions:
            # The first offer is an abstraction where there is one, the path itself is the last.
            return key, len(question.options) - 1 if question.options else 0
    sys.exit("aa_logprof: a question without an answer: %s" % question.functions)


ui.PromptQuestion.promptUser = answer
aa.init_aa(confdir=configuration, profiledir=profiles)
aa.set_logfile(log)
aa.loadincludes()
aa.read_profiles(True)
aa.do_logprof_pass()
with open(os.path.join(profiles, "web")) as f:
    print(sum(" r,\n" in line for line in f))
