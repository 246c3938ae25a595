# SPDX-License-Identifier: Apache-2.0
"""Where our verdict is not 5.0.2's, and why: verdicts.py uses the list both ways."""
import re


class Difference:
    """@ours: we accept. @rule (in a profile) or @policy shows it. A text differs for this reason
    when @said fits upstream's last line and @pattern what is in the text or what we say."""

    def __init__(self, ours, why, *, rule=None, policy=None, said="", pattern="", we_say=""):
        self.ours, self.why, self.rule, self.policy = ours, why, rule, policy
        self.said, self.pattern, self.we_say = (re.compile(x) for x in (said, pattern, we_say))

    def text(self):
        return self.policy or f"@{{V}}=/v /w\n${{B}}=true\n/t {{\n  {self.rule}\n}}\n"


DIFFERENCES = [
    # The language's reference and the suite go further.
    Difference(True, "blocks take a priority, which 5.0.2 refuses and the language has",
               rule="priority=1 { /a r, }", said="priority is not allowed on rule blocks"),
    Difference(True, "'=' inside a mount's source, as a TODO of the suite wants it",
               rule=r"mount *:\=** -> /b,", said="in state: MOUNT_MODE",
               pattern=r"mount.*[^ ]="),
    Difference(True, "a variable as new root, which 5.0.2 takes in quotes only",
               rule="pivot_root @{V},", said="unexpected TOK_SET_VAR", pattern="pivot_root"),
    # Accidents of 5.0.2's reading.
    Difference(True, "'{}' is a word to 5.0.2", rule="if ${B} {} else { /a r, }",
               said="unexpected TOK_ID", pattern=r"if .*\{\}"),
    Difference(True, "deny x in a plain block: 5.0.2 forgets the rule's own deny",
               rule="{ deny /a x, }", said="'x' must be preceded", pattern=r"\{.*deny"),
    Difference(True, "an exec condition in a plain block, which 5.0.2 takes for x alone",
               rule="{ change_profile /a, }", said="'x' must be preceded",
               pattern=r"\{.*change_profile"),
    Difference(True, "a comment on the last line without a line end", policy="/t {}\n# x",
               said="Lexer found unexpected character: '#'"),
    Difference(True, "contradicting exec rules of one path are no conflict where a rule of higher "
               "priority decides alone", rule="/a px, /a cx, priority=1 /** ix,",
               said="ERROR merging rules"),
    Difference(True, "')' behind a word of a condition is part of that word to 5.0.2",
               policy="@{M}=a\n/t { if (@{M} == @{M}) { /a r, } }\n", pattern=r"if .*\w[\"}]?\)",
               said="syntax error"),
    # Nonsense that 5.0.2 lets through.
    Difference(False, "an undefined variable in a value: 5.0.2 reports it and goes on",
               policy="@{V}=/a @{U}\n/t { @{V} r, }\n", said="Failed to find declaration",
               we_say="not defined"),
    Difference(False, "a variable in its own value: 5.0.2 reports it and goes on",
               policy="@{V}=/a @{V}\n/t { @{V} r, }\n", said="referenced recursively",
               we_say="defined through itself"),
    Difference(False, "an undefined variable in an exec target, which 5.0.2 takes as written",
               rule="/a px -> @{U},", we_say="not defined", pattern=r"-> @\{U"),
    Difference(False, "an undefined variable in a label that 5.0.2 does not expand",
               rule="network label=@{U},", we_say="not defined", pattern="label="),
    Difference(False, "x alone behind unsafe: the kernel would not know how to execute",
               rule="unsafe /a x,", we_say="'x' alone does not say"),
    Difference(False, "letters behind the number of a signal", rule="signal set=rtmin+1a,",
               we_say="no signal is called 'rtmin"),
    Difference(False, "an address of a unix socket that comes out of a variable and is none",
               policy="@{V}=foo\n/t { unix addr=@{V}, }\n", we_say="is not a unix address"),
    Difference(False, "a limit that wraps around", rule="set rlimit data <= 18446744073709551616K,",
               we_say="limit is too large"),
    Difference(False, "a bad pattern in a rule that this kernel does not enforce, at which 5.0.2 "
               "does not look", rule="mqueue label={,", we_say="bad pattern",
               pattern="mqueue|io_uring|network label|xattrs"),
    Difference(False, "a change of propagation for what 'detached' stands for",
               rule="mount options=slave detached,", we_say="no mount can match",
               pattern="detached"),
    Difference(False, "several old roots", rule="pivot_root oldroot=(/a /b),",
               we_say="'oldroot' takes", pattern="pivot_root"),
    Difference(False, "'->' that a name sticks to, read by 5.0.2 as part of it",
               rule="mount ->x,", we_say="a space after '->'"),
    Difference(False, "a path that ends in '->': 5.0.2 reads 'r->/a' as one bare name",
               rule="link r->/a,", we_say="expected a path", pattern=r"link [a-z]+->"),
    Difference(False, "'#' as the beginning of a word: to us it begins a comment",
               rule="mount /a -> #b,", pattern=r"[ =]#"),
    Difference(False, "'include' as a bare name in place of a path", rule="r include,",
               pattern="include,"),
    Difference(False, "an empty name in include if exists", policy='/t { include if exists "" }\n',
               we_say="name of a file", pattern="include if exists"),
    Difference(False, "'{' as the name of a profile that has an attachment",
               policy="profile { /a { }\n", we_say="profile's name", pattern=r"(profile|hat|\^) *\{"),
    Difference(False, "an identity without a name", policy='/t + identities=("") {}\n',
               we_say="identity has no spaces"),
]


def explains(_text, ours, upstream):
    """Whether one of the differences is this one."""
    return any(d.ours == ours[0] and d.said.search(upstream[1]) and d.pattern.search(_text) and
               d.we_say.search(ours[1]) for d in DIFFERENCES)
