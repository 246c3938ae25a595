# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the scripts around: apt in a configuration of its own, on the mirror that this machine
# uses, so that newer suites can be asked without the machine's package system hearing of it.

# Nothing else was measured.
arch=amd64

# Repositories of this machine that may be the Debian archive, or with a suffix such as
# "-security" the one for those suites: "URI TRUSTED" per line. apt itself reads the
# sources, whatever form they have. The machine's lists of packages are not asked for,
# since container images come without them.
archive_candidates()
{
	# shellcheck disable=SC2016 # the variables are apt's
	apt-get --no-release-info indextargets \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(SOURCESENTRY)' 'Created-By: Packages' |
		awk -v suites="^(bookworm|trixie|forky|sid|(oldold|old)?stable|testing|unstable)${1-}\$" \
			'$2 ~ suites && $3 == "main" && !seen[$1]++ { print $1, $4 }' |
		while read -r uri entry; do
			printf '%s %s\n' "$uri" "$(trust_of "${entry%:*}" "$uri")"
		done
}

# What the person has declared trusted, such as a mirror that signs with its own key or not
# at all, is trusted here too.
trust_of()
{
	if [ -r "$1" ] && grep -F -- "${2%/}" "$1" | grep -Eqi '\[[^]]*trusted=(yes|true)'; then
		echo yes
	elif [ -r "$1" ] && awk -v uri="${2%/}" 'BEGIN { RS = "" }
		index($0, uri) && tolower($0) ~ /\ntrusted: *(yes|true)/ { hit = 1 }
		END { exit !hit }' "$1"; then
		echo yes
	else
		echo no
	fi
}

write_apt_conf()
{
	local dir=$1

	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	cat >"$dir/conf" <<EOF
Dir::State "$dir/state";
Dir::State::status "$dir/status";
Dir::State::lists "$dir/state/lists";
Dir::Cache "$dir/cache";
Dir::Cache::archives "$dir/cache/archives";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
// The cache folder may lie in a home that nobody else can enter.
APT::Sandbox::User "root";
APT::Architecture "$arch";
#clear APT::Architectures;
APT::Architectures { "$arch"; };
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Acquire::Retries "3";
// Hooks of this machine are about this machine's lists.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF
}

write_source()
{
	local dir=$1 uri=$2 trusted=$3 options="arch=$arch" keys=/usr/share/keyrings/debian-archive-keyring.gpg suite
	shift 3

	if [ "$trusted" = yes ]; then
		options+=" trusted=yes"
	elif [ -r "$keys" ]; then
		options+=" signed-by=$keys"
	fi
	for suite; do
		printf 'deb [%s] %s %s main\n' "$options" "$uri" "$suite"
	done >>"$dir/sources.list"
}

# Third parties carry suites of the same names; only one is Debian.
# shellcheck disable=SC2016 # the variable is apt's
update_from_debian()
{
	apt-get -q -q -c "$1/conf" update >"$1/log" 2>&1 &&
		apt-get -c "$1/conf" indextargets --format '$(ORIGIN)' 'Created-By: Packages' |
			grep -qE '^Debian( Backports)?$'
}

# Point the private apt at suites of the Debian archive, the security suite of the first
# one included where this machine knows one: use_suites DIR SUITE...
use_suites()
{
	local dir=$1 uri trusted security security_trusted
	shift

	while read -r uri trusted; do
		rm -rf "$dir"
		write_apt_conf "$dir"
		write_source "$dir" "$uri" "$trusted" "$@"
		cp "$dir/sources.list" "$dir/without-security"
		while read -r security security_trusted; do
			write_source "$dir" "$security" "$security_trusted" "$1-security"
			if update_from_debian "$dir"; then
				return
			fi
			cp "$dir/without-security" "$dir/sources.list"
		done < <(archive_candidates -security)
		if update_from_debian "$dir"; then
			return
		fi
	done < <(archive_candidates)
	[ ! -s "$dir/log" ] || tail -5 "$dir/log" >&2
	return 1
}

