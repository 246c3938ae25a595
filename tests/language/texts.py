# SPDX-License-Identifier: Apache-2.0
"""Policy texts, right and wrong, by families: each a function of a random.Random."""

PREAMBLE = '@{V}=/v /w\n@{E}=""\n@{N}=foo bar\n@{A}=@a\n${B}=true\n'

PATHS = """/a /a/b /** /a/* "/a¸b" /a\\¸b @{V} @{V}/x /x@{V} /@{N}/y @{E} @{E}/x /{a,b} /a{,b} /a{b
/a}b /[ab] /[^ab] /[ab /a]b /a? /a"b" "/a"b a "a" "" / /\\* /\\"x /é {/a,/b} {a,b} [a] * @{U} @{ @V
$V ${B} /a/../b //a /a,b /a{a,b{c,d}} /{,} /{} /{a} /a:b /a=b /a;b /a(b /a)b /a<b "/a#b" /a\\,b
"/a,b" /*** /\\101 /\\d065 /a\\ /[] /[a-z] /[z-a] /[^] /[\\]] @{V}@{V} @{profile_name} @{exec_path}
@{attach_path} /@{N}{a,b} "@{V}/x" /a^b ~/a r rw file all deny foo &a :n:a read {/a /{[}]} /[/]""".split()

TARGETS = """x /x a//b :ns:x :ns://x &x &x//&y @{V} "x¸y" "" {a,b} a* ::x & && ^h a,b x// -> px
*x @{U} [a all""".split()


def blanks(word):
    return word.replace("¸", " ")


class Maker:
    """Random choices, with odds."""

    def __init__(self, rnd):
        self.rnd = rnd

    def one(self, *of):
        """One of the words of a text, or of the arguments."""
        if len(of) == 1:
            of = of[0].split() if isinstance(of[0], str) else of[0]
        return blanks(self.rnd.choice(of))

    def maybe(self, odds, text):
        return text if self.rnd.random() < odds else ""

    def some(self, odds, words):
        """Some of the words, in any order."""
        kept = [blanks(w) for w in words if self.rnd.random() < odds]
        self.rnd.shuffle(kept)
        return self.one((" ", " ", ",¸")).join(kept)

    # What rules are made of.
    def prefix(self):
        odd = """quiet other user audit=5 priority=1000 priority=-1000 priority=1001 priority=+5
                 priority=0x1 priority=a priority= priority=09 priority=¸5 priority¸=5 priority
                 prompt priority="1" priority=1.5"""
        words = []
        for _ in range(self.rnd.choice((0, 0, 0, 1, 1, 2, 3))):
            words.append(self.one(odd) if self.rnd.random() < .1 else
                         self.one("audit deny allow owner priority=0 priority=1 priority=-5"))
        if self.rnd.random() < .7:
            order = ("priority", "audit", "allow", "deny", "prompt", "owner")
            words.sort(key=lambda w: next((i for i, o in enumerate(order) if w.startswith(o)), 9))
        return "".join(w + " " for w in words)

    def path(self):
        return self.one(("/a", "/a/b", "/**", "@{V}/x")) if self.rnd.random() < .4 \
            else self.one(PATHS)

    def perms(self):
        if self.rnd.random() < .3:
            return "".join(self.one("r w a l k m x ix px cx ux Px Cx Ux pix cix P I u")
                           for _ in range(self.rnd.choice((1, 2, 2, 3))))
        return self.one("""r w a rw ra wa rk l lk m mr rwlkm rix ix px Px cx Cx ux Ux pix Pix PIx cix
            pux PUx Pux cux CUx x rx mrix rpx ixr rr xx ixix pxpx pxix xix pxx xpx uix pcx R RW PX Ix
            d e ci p rwa lx create read""")

    def target(self):
        return self.maybe(.25, " -> " + self.one(TARGETS))

    def file(self):
        words = self.maybe(.15, self.one("safe¸ unsafe¸ subset¸"))
        head = self.maybe(.2, self.one(("file¸", "file¸", "file,")))
        body = f"{self.path()} {self.perms()}" if self.rnd.random() < .75 \
            else f"{self.perms()} {self.path()}"
        return head + words + body + self.target()

    def link(self):
        return self.one(("link¸", "link¸", "link¸", "l¸")) + self.maybe(.4, "subset ") + \
            self.path() + self.one((" -> ", " -> ", " -> ", " ->", " ")) + self.path()

    def capability(self):
        return "capability" + "".join(
            " " + self.one("""chown net_admin sys_admin CHOWN cap_chown bpf perfmon foo audit_read
            "chown" (chown) mac_admin setuid checkpoint_restore""")
            for _ in range(self.rnd.choice((0, 1, 1, 2))))

    def inet_conds(self):
        return self.some(.3, (
            "ip=" + self.one("""127.0.0.1 ::1 10.0.0.0/8 none 1.2.3 256.1.1.1 ::ffff:1.2.3.4 @{N} *
                             "::1" fe80::1%eth0 0 [::1]"""),
            "port=" + self.one('80 0 65535 65536 -1 80-90 90-80 http "80" 080 0x50 80,90 @{N}'))) + \
            self.maybe(.15, " " + self.one("""label=foo label="" label=@{N} interface=eth0
            interface=e* interface={a,b} interface={a} interface=[ interface=@{N} label:=x
            type=stream"""))

    def network(self):
        family = """inet inet6 unix ipx netlink packet foo all INET bluetooth vsock mctp xdp smc can
            tipc alg nfc decnet unspec local ib mpls key ash rds"""
        kind = "stream dgram raw seqpacket rdm packet dccp tcp udp icmp icmpv6 sctp foo STREAM"
        access = """(send) (send,receive) send create (create,bind) rw r (rw) getattr (bind,) () x rr
            (foo) listen accept shutdown (connect¸accept) setopt"""
        return "network " + " ".join(x for x in (
            self.maybe(.4, self.one(access)), self.maybe(.6, self.one(family)),
            self.maybe(.4, self.one(kind)), self.inet_conds(),
            self.maybe(.3, "peer=" + self.one((f"({self.inet_conds()})", "(label=x)", "foo", "()")))
        ) if x)

    def address(self):
        return self.one("""none auto @foo @* "@foo" foo /foo @{V} @{A} @{N} "" @ @@ none* * @a\\¸b @[
            "none" \\@foo @foo[ab] @a{b (none)""")

    def unix(self):
        kinds = self.one('stream dgram seqpacket raw foo (stream) "stream" STREAM')
        labels = self.one('foo "foo" /a unconfined @{N} "" a*')
        inside = self.some(.5, (f"addr={self.address()}", f"label={labels}")) + \
            self.maybe(.1, " type=stream")
        return "unix " + " ".join(x for x in (
            self.maybe(.5, self.one("""send receive (send¸receive) rw wr rr r create bind listen
                accept connect (bind) () x (foo) (rr) getattr setopt delete""")),
            self.some(.35, (f"addr={self.address()}", f"type={kinds}")),
            self.maybe(.08, self.one("protocol=0 attr=x opt=x label=x path=/x")),
            self.maybe(.35, "peer=" + self.one((f"({inside})", f"({inside})", "foo", "()")))) if x)

    def mount(self):
        option = """rw ro bind rbind move remount (rw,bind) (ro¸bind) (rw,¸ro) make-private foo
            (rw,make-shared) slave nosuid (nosuid,noexec) sync async (rbind,¸slave) "ro" () relatime
            make-runbindable lazytime user acl (bind,move) (remount,bind) B M defaults noatime * (ro,)
            (make-private,make-shared) norelatime (make-slave,¸nosuid) verbose symfollow"""
        kind = 'ext4 (ext4) (ext3,ext4) "ext4" nfs* ext{3,4} @{N} "" (ext3¸ext4) (,ext3)'
        conds = []
        for _ in range(self.rnd.choice((0, 0, 1, 1, 2))):
            if self.rnd.random() < .4:
                conds.append(self.one(("fstype=", "fstype¸in¸", "vfstype=")) + self.one(kind))
            else:
                conds.append(self.one(("options=", "options=", "option=", "options¸in¸")) +
                             self.one(option))
        device = """/dev/sda /a * ** none proc "" "/a¸b" @{V} //server/share detached a host:/x (a
            a)b =a +a {a r"""
        point = '/b /b/ ** @{V} "/b¸c" b "" /{a,b} (a) = /[/] /b¸/c detached /b,c'
        return self.one("mount mount mount mount remount umount unmount") + " " + \
            self.one((" ", " ", ",¸")).join(conds) + " " + self.maybe(.7, self.one(device)) + \
            self.maybe(.7, " -> " + self.one(point))

    def pivot_root(self):
        return "pivot_root" + self.maybe(.5, " oldroot=" + self.one('/a /a/ a "/a" @{V} /{a,b}')) + \
            self.maybe(.5, " " + self.path()) + self.target()

    def label(self):
        return self.one('foo /a "a¸b" @{V} (a) a* "" {a,b} (label=x) unconfined a//b [a')

    def ptrace(self):
        return "ptrace" + self.maybe(.6, " " + self.one("""read trace readby tracedby r w rw wr rr
            (read) (read,trace) (read¸tracedby) write x () (foo) send (rr) READ""")) + \
            self.maybe(.5, f" peer={self.label()}")

    def signal(self):
        def name():
            return self.one("""hup int kill term usr1 exists rtmin+0 rtmin+32 rtmin+33 rtmin+ rtmin
                rtmin-1 HUP sighup foo io poll emt lost stkflt 9 0 "hup" cld chld "rtmin+3" winch""")
        sets = (f"set={name()}", f"set=({name()})", f"set=({name()} {name()})",
                f"set=({name()},{name()})", "set=()", f"set in ({name()})")
        return "signal" + self.maybe(.5, " " + self.one("""send receive r w rw rr (send)
            (send,receive) read (read¸write) x () trace""")) + \
            "".join(" " + self.one(sets) for _ in range(self.rnd.choice((0, 1, 1, 2)))) + \
            self.maybe(.4, f" peer={self.label()}")

    def dbus(self):
        access = """r w rw wr rr send receive (r) (send) (write,read) (send,receive) bind eavesdrop
            (bind) (eavesdrop,send) read (send¸bind) all x ()"""
        conds = ("bus=" + self.one('session "system" (accessibility)'),
                 "name=" + self.one('com.foo "com.foo" (a¸b) @{N} ""'),
                 "path=" + self.one('/foo/bar "/foo/bar" foo @{V} /{a'),
                 "interface=" + self.one('com.baz "com.baz" @{N}.x'),
                 "member=" + self.one('bar "bar"'), "label=x")
        peer = self.one("""(name=com.foo¸label=/usr/bin/app) (name="com.foo") (label="/usr/bin/app")
            () foo (name=a,label=b) (name=a¸name=b) (path=/x) (bus=session) (member=x¸name=a)
            (foo=x)""")
        kept = [c for c in conds if self.rnd.random() < (.05 if c.startswith("label") else .3)]
        return "dbus " + self.maybe(.7, self.one(access)) + " " + " ".join(kept) + \
            self.maybe(.4, f" peer={peer}")

    def mqueue(self):
        return "mqueue" + self.maybe(.6, " " + self.one("""r w rw rr read write create open delete
            getattr (read,create) (open¸delete) () x send (foo)""")) + \
            " " + self.some(.3, ("type=" + self.one('posix sysv foo (posix) "posix" POSIX'),
                                 "label=" + self.one('foo "foo" (a) @{N} "" a*'))) + \
            self.maybe(.5, " " + self.one('/foo 123 foo "/foo" /foo* @{V} 0 {1,2} / -1 12a * "" @{N}'))

    def io_uring(self):
        return "io_uring" + self.maybe(.7, " " + self.one("""sqpoll override_creds (sqpoll)
            (sqpoll¸override_creds) (sqpoll,override_creds) x () r all""")) + \
            self.maybe(.4, " label=" + self.one('foo "foo" (a) @{N} "" a* &x :ns:x')) + \
            self.maybe(.05, " /x")

    def userns(self):
        return "userns" + self.maybe(.6, " " + self.one('create (create) x () r all "create" /a'))

    def change_profile(self):
        return "change_profile" + self.maybe(.2, self.one(("¸safe", "¸unsafe"))) + \
            self.maybe(.4, " " + self.path()) + self.target()

    def rlimit(self):
        name = """cpu fsize data stack core rss nofile ofile as nproc memlock locks sigpending msgqueue
            nice rtprio rttime foo CPU"""
        unit = self.maybe(.6, self.one("""K M G KB MB GB k B T us ms s sec min minutes hour days week
            weeks seconds d h w ¸K ¸ms"""))
        value = self.one("0 1 5 19 20 -1 -20 -21 -0 100 4294967296 18446744073709551615 1.5 0x10 010")
        return f"set rlimit {self.one(name)} {self.one('<= <= <= <= <= < =')} " + \
            (self.one("infinity INFINITY unlimited @{N}") if self.rnd.random() < .2
             else value + unit)

    def all_rule(self):
        return "all" + self.maybe(.2, self.one(("¸r", "¸/x", "¸->¸x")))


KINDS = {
    "file": Maker.file, "link": Maker.link, "capability": Maker.capability,
    "network": Maker.network, "unix": Maker.unix, "mount": Maker.mount,
    "pivot_root": Maker.pivot_root, "ptrace": Maker.ptrace, "signal": Maker.signal,
    "dbus": Maker.dbus, "mqueue": Maker.mqueue, "io_uring": Maker.io_uring,
    "userns": Maker.userns, "change_profile": Maker.change_profile, "rlimit": Maker.rlimit,
    "all": Maker.all_rule,
}


def profile(body):
    return f"{PREAMBLE}/t {{\n  {body}\n}}\n"


def one_rule(kind):
    def make(rnd):
        m = Maker(rnd)
        return profile(m.maybe(.4, m.prefix()) + KINDS[kind](m) + m.one((",",) * 20 + ("", ",,")))
    return make


def any_rule(m):
    return m.maybe(.5, m.prefix()) + KINDS[m.rnd.choice(list(KINDS))](m) + ","


def blocks(rnd):
    m = Maker(rnd)
    head = m.prefix() + m.one(("", "", "", "if ${B} ", "if defined @{V} ", "if not ${B} ", "x ", "else "))
    inner = " ".join(any_rule(m) for _ in range(rnd.choice((0, 1, 1, 2))))
    return profile(f"{head}{{ {inner} }}")


def conditions(rnd):
    m = Maker(rnd)
    operands = """"" 10 9 /foo bar "/foo" "10" 3.1 -1 0x10 99999999999999999999 {a,b} ${B} @{U}
        /path/foo/ (10) @{E} @{V} @{N} @{M} @{ONE} foo*"""

    def term():
        kind = rnd.random()
        if kind < .6:
            return f"{m.one(operands)} {m.one('== != < <= > >= in in = === =<')} {m.one(operands)}"
        if kind < .8:
            return m.one(("${B}", "$B", "true", "FALSE", "${C}", "defined @{V}", "defined ${C}",
                          "defined V", "@{V}", "10"))
        return f"({term()})" if kind < .9 else f"not {term()}"

    test = term()
    while rnd.random() < .3:
        test += f" {m.one('and or or and &&')} {term()}"
    tail = m.one(("", " else { mount, }", " else if ${B} { /b r, } else { }", " else"))
    return "@{M}=3 /foo 1 10\n@{ONE}=10\n" + profile(f"if {test} {{ /bin/true rix, }}{tail}")


EXEC = "ix ux Ux px Px cx Cx pix Pix cix Cix pux PUx cux CUx Pux Cux".split()
PROGRAMS = ("""/bin/cat /bin/* /bin/** /bin/a* /bin/*b /** /* /bin/{cat,dog} /bin/{a*,b} @{P} @{P}/cat
    @{Q} /bin/[abc]at /bin/c?t "/bin/cat" /{,usr/}bin/cat /bin/cat{,s} /bin/[^a]at""").split()


def exec_rules(rnd):
    """Rules about the same programs: do they contradict each other?"""
    m = Maker(rnd)
    rules = []
    for _ in range(rnd.choice((2, 2, 2, 3))):
        prefix = m.one(("",) * 6 + ("owner¸", "other¸", "audit¸", "deny¸", "priority=1¸", "priority=-1¸",
                        "priority=1¸owner¸", "priority=2¸deny¸", "allow¸"))
        deny = "deny" in prefix
        perms = m.one(("", "", "r", "mr")) + ("x" if deny else m.one(EXEC))
        target = "" if deny else m.one(("", "", " -> t", " -> u", " -> &t", " -> :ns:t"))
        words = m.one(("", "", "", "safe ", "" if deny else "unsafe "))
        path = m.one(PROGRAMS)
        both = f"{perms} {path}" if rnd.random() < .3 else f"{path} {perms}"
        rules.append(f"{prefix}{words}{both}{target},")
    rules += [m.one(("all,", "file,", "priority=1 file,"))] if rnd.random() < .08 else []
    body = "\n  ".join(rules)
    return f"@{{P}}=/bin /usr/bin\n@{{Q}}=/bin/cat /bin/dog\n/t {{\n  {body}\n}}\n"


FLAGS = """complain enforce kill unconfined prompt default_allow audit debug attach_disconnected
    no_attach_disconnected attach_disconnected.path=/x attach_disconnected.path=x
    attach_disconnected.ipc attach_disconnected.ipc=/x chroot_relative namespace_relative
    mediate_deleted delegate_deleted chroot_attach chroot_no_attach interruptible kill.signal=hup
    kill.signal=rtmin+5 kill.signal=foo error=EPERM error=eacces error=EFOO error foo COMPLAIN
    audit=1 "complain" kill.signal="hup" attach_disconnected.path=@{P}/a""".split()


def heads(rnd):
    m = Maker(rnd)
    keyword = m.one(("", "", "profile¸", "profile¸", "hat¸", "^"))
    name = m.one(("/a", "/a", "x", "x", '"/a¸b"')) if rnd.random() < .5 else m.one(
        """"x¸y" a//b :n:x :n://x ::x :n: &x =x x=y x{a,b} x{a x}a x[a x]a x* /a* /{a,b} @{P} x@{P}
        @{U} x,y $x x// x(y x+y "" unconfined profile @{profile_name} x\\}y "#x" {a,b}""")
    attach = m.maybe(.3, " " + m.one('/a /a* "/a¸b" a @{P} /{a,b} /a{b /{a} @{U} {/a,/b} *'))
    xattrs = m.maybe(.2, " xattrs=(" + m.one(("a=b", "a", "a=b,c=d", "a=b¸c", "a¸=¸b", 'a="b"', "a=",
                                              '"a"=b', "=b", "a=b=c", "", "a=*", "a=(b")) + ")")
    ids = m.maybe(.1, " + identities=(" + m.one(("a", "a,b", "", '"a¸b"', "a*")) + ")")
    words = " ".join(m.one(FLAGS) for _ in range(rnd.choice((1, 1, 2, 3))))
    flags = m.maybe(.5, m.one((" flags=", " flags=", " ", " flags¸=¸")) + m.one(
        (f"({words})", f"({words})", f"({words.replace(' ', ',¸')})", "()", words)))
    parts = [xattrs, ids, flags]
    if rnd.random() < .1:
        rnd.shuffle(parts)
    head = keyword + name + attach + "".join(parts)
    body = m.one((" { }", " { }", " { /a r, }", "{ }", " {", " { } }", ""))
    if rnd.random() < .3:
        return f"@{{P}}=/p\nprofile outer {{\n  {head}{body}\n}}\n"
    return f"@{{P}}=/p\n{head}{body}\n"


def preambles(rnd):
    m = Maker(rnd)

    def value():
        return m.one("""a /a a¸b "a¸b" {a,b} a,b a, ,a "" @{X} @{Y} @{U} a"b" "a"b (a) a=b =a #c
            a¸#c a\\¸b a!b -> } a,¸b "a""").strip()

    lines = []
    for _ in range(rnd.choice((1, 2, 3, 4))):
        kind = rnd.random()
        if kind < .55:
            lines.append(f"{m.one('@{X} @{X} @{Y} @X @{X-1} @{1} @{profile_name}')}"
                         f"{m.one(('=', ' = ', '+=', ' += ', '?=', ' ?= ', ' := ', ' =', '-='))}"
                         f"{value()}")
        elif kind < .7:
            lines.append(f"{m.one('${Z} $Z ${Z} @{Z}')}{m.one('= = += ?= :=')}"
                         f"{m.one('true false TRUE yes 1 true¸false true, true¸#x')}")
        elif kind < .85:
            lines.append(m.one(("alias ", "alias ", "rewrite ")) +
                         m.one('/a "/a¸b" a @{X} /a* /{a /').replace("\n", "") + " -> " +
                         m.one('/b "/b¸c" b @{Y} /b{ {/b,/c}') + m.one((",", ",", ",", "")))
        else:
            lines.append(m.one(("include if exists <nope>", 'include if exists "nope"',
                                "include if exists nope>", "include <nope>", "abi <kernel>,",
                                "abi kernel,", "#include if exists <nope>", "include <",
                                "# comment", "abi <default>")))
    body = m.one(("@{X} r,", "/@{X} r,", "/@{X}/@{Y} r,", "/a r,", "/a r,", ""))
    lines.insert(rnd.randrange(len(lines) + 1) if rnd.random() < .15 else len(lines),
                 f"/t {{ {body} }}")
    return "\n".join(lines) + "\n"


def mutated(rnd):
    """A right or nearly right text with a word lost, doubled, moved or put in."""
    make = rnd.choice((heads, preambles, blocks, conditions, exec_rules,
                       one_rule(rnd.choice(list(KINDS)))))
    words = make(rnd).split(" ")
    at = rnd.randrange(len(words))
    kind = rnd.random()
    if kind < .25:
        del words[at]
    elif kind < .45:
        words.insert(at, words[rnd.randrange(len(words))])
    elif kind < .6:
        other = rnd.randrange(len(words))
        words[at], words[other] = words[other], words[at]
    elif kind < .8:
        words.insert(at, rnd.choice(""", ( ) { } = += == -> & ^ "" ; : < audit deny owner file if else
            hat profile all in set rw px flags=(complain) peer=x type=stream \\ @{V} ${B} 0""".split()))
    else:
        word = words[at]
        cut = rnd.randrange(len(word) + 1)
        words[at] = word[:cut] + rnd.choice(list('"\\{}/* @a9=,()')) + word[cut:]
    return " ".join(words)


def families():
    rules = [(f"{kind} rules", (1 if kind in ("all", "userns") else 4, one_rule(kind)))
             for kind in KINDS]
    return rules + [("blocks", (4, blocks)), ("conditions", (8, conditions)),
                    ("exec rules that meet", (16, exec_rules)), ("heads", (10, heads)),
                    ("preambles", (8, preambles)), ("mutated texts", (14, mutated))]
