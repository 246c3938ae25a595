/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hostile input may cost. Every bound in Yoroi has a name and a reason here;
 * a diagnostic that refuses for one of them says which.
 */
#ifndef YR_BASE_LIMITS_H
#define YR_BASE_LIMITS_H

/* One source file. The largest real one known is below 200 KiB. */
#define YR_LIMIT_SOURCE_BYTES (8u << 20)
/* All text read for one compile, includes counted each time they are used. */
#define YR_LIMIT_TOTAL_SOURCE_BYTES (64u << 20)
/*
 * Included text and its statements, kept for the files that follow. Debian's whole set takes
 * 1 MiB. From here on statements are no longer kept, and the next file reads for itself: the one
 * that came to the limit may have as much text kept as it may have at all.
 */
#define YR_LIMIT_KEPT_BYTES (8u << 20)
/* Includes inside includes; real sets go 6 deep. Also what ends a loop. */
#define YR_LIMIT_INCLUDE_DEPTH 64
/*
 * Profiles, hats, conditions and blocks inside each other. Bounds our recursion. Upstream's
 * suite nests 100 deep and expects it to work.
 */
#define YR_LIMIT_BLOCK_DEPTH 256
/* Alternations inside each other: upstream's own bound. */
#define YR_LIMIT_ALTERNATION_DEPTH 50
/*
 * One pattern once its variables are expanded. A path ends at 4 KiB; alternations of large
 * variables are longer, and each byte costs a node of some hundred.
 */
#define YR_LIMIT_PATTERN_BYTES (1u << 20)
/* Values that one pattern may expand to through its variables. */
#define YR_LIMIT_EXPANSIONS (1u << 16)
/*
 * All text that the variables of one file expand to, as often as it is written out: patterns share
 * the text of a variable that stands between their own texts.
 */
#define YR_LIMIT_EXPANDED_BYTES (256u << 20)
/*
 * What the aliases of one file may cost: 1 for each that a path is compared with, which are some
 * twenty, and for each spelling that comes out of it YR_ALIAS_SPELLING and YR_ALIAS_BYTE a byte. A
 * second and 128 MiB.
 */
#define YR_LIMIT_ALIAS_WORK (1u << 28)
#define YR_ALIAS_SPELLING 256
#define YR_ALIAS_BYTE 4
/* Variables that refer to variables. Also what ends a loop. */
#define YR_LIMIT_VARIABLE_DEPTH 32
/* Diagnostics kept; beyond it they are only counted. */
#define YR_LIMIT_DIAGNOSTICS 200
/* Bytes of a file that are read again behind unclosed quotes and parentheses. */
#define YR_LIMIT_GO_BACK (4u << 20)
/* Words that an unknown one is compared with; real sets define some hundred variables. */
#define YR_LIMIT_NEAREST 2000
/* An access that is asked about: two paths, two labels and their words, however they are escaped. */
#define YR_LIMIT_ACCESS_BYTES (64u << 10)
/*
 * Rules that are compiled one by one to find the nearest to an access that nobody allows: a second.
 */
#define YR_LIMIT_NEAREST_RULES 4000
/* Profiles that one run of expectations compiles, each kernel counted: all are kept to its end. */
#define YR_LIMIT_TEST_POLICIES 256
/* Kernels that one run of expectations asks. */
#define YR_LIMIT_TEST_KERNELS 32
/* Expectations of one run, each kernel counted: some 2 KiB each in a report, half a millisecond. */
#define YR_LIMIT_EXPECTATIONS (1u << 17)
/* Rules that one run compiles to name the nearest to what failed: some five seconds. */
#define YR_LIMIT_TEST_NEAREST 20000
/* Rules of one profile after includes. The largest real profile has about 3,000. */
#define YR_LIMIT_RULES (1u << 20)
/* States of one automaton before minimising: keeps one below a gigabyte. */
#define YR_LIMIT_STATES (1u << 21)
/* All positions of the state sets of one automaton together: the subset construction's memory. */
#define YR_LIMIT_SET_MEMBERS (1u << 26)
/* Ways out of all states of one automaton: 8 bytes each, so a quarter of a gigabyte. */
#define YR_LIMIT_EDGES (1u << 25)
/*
 * Positions that one subset construction may look at: ends hostile patterns within seconds.
 * A 50,000-state automaton of real rules looks at some ten million.
 */
#define YR_LIMIT_SET_WORK (1u << 29)
/* Nodes of all patterns of one automaton: 24 bytes and a hash slot each. */
#define YR_LIMIT_NODES (1u << 23)
/*
 * Tags in all the sets that an automaton with rules knows, 4 bytes each: a profile with more is
 * not asked about its rules. The largest real one has some 6,000.
 */
#define YR_LIMIT_WHY_MEMBERS (1u << 22)
/*
 * What the questions about the rules of one profile may cost, in tags that are looked at: some two
 * seconds. The largest real profile takes 40,000.
 */
#define YR_LIMIT_LINT_WORK (1u << 24)
/*
 * What the attachments of all files may cost when they are compared, in bytes and pairs of states:
 * two seconds. Ten thousand profiles with paths of their own take a fifth of it.
 */
#define YR_LIMIT_ATTACHMENT_WORK (1u << 28)
/* Pairs of states that a comparison of two automata may meet: 20 bytes each. */
#define YR_LIMIT_PAIRS (1u << 23)
/* Differences between two profiles that are told apart; beyond it one hears that there are more. */
#define YR_LIMIT_DIFFERENCES 2000
/* What telling them apart may cost, in groups looked at: half a second. */
#define YR_LIMIT_DIFFERENCE_WORK (1u << 27)
/* A binary image: the kernel vmallocs it, and refuses far smaller ones in practice. */
#define YR_LIMIT_IMAGE_BYTES (512u << 20)
/* A profile name with its parents; the kernel's strings carry a u16 length. */
#define YR_LIMIT_NAME_BYTES 4096
/*
 * One line of a log. The kernel ends an audit record at 9 KiB; the journal's JSON may write it as
 * a list of numbers, and other fields beside it.
 */
#define YR_LIMIT_LOG_LINE (256u << 10)
/*
 * A record as the kernel hands it on: audit ends it at 9 KiB, the kernel's log at 8 and some
 * escapes.
 */
#define YR_LIMIT_LIVE_RECORD (40u << 10)
/* What waits in the kernel for us: some 60,000 records, the burst of a busy server's start. */
#define YR_LIMIT_LIVE_BUFFER (64 << 20)
/* Records that are taken before whoever reads looks at what else there is. */
#define YR_LIMIT_LIVE_BATCH 4096
/* A binary field of the journal's export form, which is passed over: the journal's own bound. */
#define YR_LIMIT_LOG_FIELD (768u << 20)
/*
 * Distinct denials that are told of one set of logs, and all their text: nobody reads more, and a
 * name of its own in every record must not fill the memory. What comes on top is counted.
 */
#define YR_LIMIT_DENIALS 10000
#define YR_LIMIT_DENIAL_BYTES (64u << 20)
/*
 * Rules that are compiled for all the denials of one run together, to find the nearest to each, and
 * to see whether the rules that are told would help: some ten seconds. The denials that come first
 * have most records; of the others the rest is told.
 */
#define YR_LIMIT_MEND_RULES 200000
/*
 * Distinct accesses that profiles are written from, and all their text: 100 MiB. A server's whole
 * life shows some thousand. What comes on top is counted, and nothing is written without a word.
 */
#define YR_LIMIT_LEARN_ACCESSES 100000
#define YR_LIMIT_LEARN_BYTES (64u << 20)
/* Of them those to other things than files, which are compiled together to be asked. */
#define YR_LIMIT_LEARN_OTHERS 30000
/*
 * Of these, walks beside the profile to find out which are refused, and accesses that are asked
 * alone: some seconds each. What is not asked counts as refused.
 */
#define YR_LIMIT_LEARN_WALKS 100
#define YR_LIMIT_LEARN_ALONE 500
/* Above this many abstractions are not asked for them. */
#define YR_LIMIT_LEARN_TRIED 200
/* Profiles that are written at once, children counted; whoever has more says which. */
#define YR_LIMIT_LEARN_PROFILES 256
/* Findings and events without a rule that are told one by one. */
#define YR_LIMIT_LEARN_FINDINGS 200
/* Steps of looking for files that a pattern covers, too: a tenth of a second. */
#define YR_LIMIT_LEARN_WORK (1u << 24)
/*
 * A description of bane's, and its entries, each of which becomes a rule that is compared with all
 * others: some seconds. Its brackets stand two deep.
 */
#define YR_LIMIT_BANE_BYTES (1u << 20)
#define YR_LIMIT_BANE_ENTRIES 2000
#define YR_LIMIT_BANE_DEPTH 8
/*
 * Rules for logging that are compiled to see whether writable patterns are among them, for each of
 * these anew; a compile counts as 20 of them: a second. Patterns beyond it are logged.
 */
#define YR_LIMIT_BANE_WORK 2000

#endif
