#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libyoroi as others get it: it exports what its headers declare, and a program that knows
# nothing but pkg-config compiles policy with it. The same installed tree runs from anywhere.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cc=${YOROI_CC:-cc}
nm -D --defined-only "$YOROI_BUILD/src/libyoroi.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort -u >"$work/exported"
# A declaration at the start of a line; comments speak of other functions too.
sed -nE 's/^[a-z].*[ *](yr_[a-z0-9_]+)\(.*/\1/p' "$YOROI_SOURCE"/include/yoroi/*.h |
	sort -u >"$work/declared"
sed -nE 's/^\t(yr_[a-z0-9_]+);$/\1/p' "$YOROI_SOURCE/src/libyoroi.map" >"$work/mapped"
check "headers declare something" test -s "$work/declared"
check "the library exports what they declare, and nothing else" diff "$work/declared" "$work/exported"
check "and the map lists it in order" diff "$work/declared" "$work/mapped"
for header in "$YOROI_SOURCE"/include/yoroi/*.h; do
	# shellcheck disable=SC2086 # a compiler may be several words
	check "${header##*/} stands alone" \
		$cc -std=c99 -Wall -Wextra -Werror -fsyntax-only -I "$YOROI_SOURCE/include" -x c "$header"
done

stage=$work/stage
check "it is installed" env DESTDIR="$stage" meson install -C "$YOROI_BUILD" --no-rebuild --quiet
prefix=$(find "$stage" -type d -name bin -printf '%h\n' | head -n 1)
for path in bin/yoroi bin/yoroi-runtime libexec/yoroi/yoroi-pods share/man/man8/yoroi-runtime.8 share/doc/yoroi/runtime.conf sbin/apparmor_parser include/yoroi/compile.h share/man/man1/yoroi.1 \
	share/yoroi/profiles/tunables/global; do
	check "$path is there" test -e "$prefix/$path"
done
echo 'include <tunables/global>' >"$work/p"
echo 'profile p { include <abstractions/base> }' >>"$work/p"
ends "the installed program finds its policy and features" 0 "" env -u YOROI_PROFILES \
	"$prefix/bin/yoroi" check -b "$work/policy" "$work/p"
printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n' >"$work/pod"
ends "what Pods need is found beside it, and finds policy" 0 "runtime/default" env -u YOROI_PROFILES \
	"$prefix/bin/yoroi" pod check "$work/pod"
mkdir "$work/alone"
cp "$prefix/bin/yoroi" "$work/alone/"
# The place of the installation is the machine's own: only where nothing is installed can it lack.
pods=$(find "$stage" -name yoroi-pods)
[ -e "${pods#"$stage"}" ] ||
	ends "and told when it is not there, PATH or not" 3 "'yoroi-pods' is not there.*looked for in '$work/alone' and '/" \
	env PATH="$prefix/libexec/yoroi:$PATH" "$work/alone/yoroi" pod check "$work/pod"
ends "and so does the link" 0 "^p$" env -u YOROI_PROFILES \
	"$prefix/sbin/apparmor_parser" --config-file=/dev/null -b "$work/policy" -N "$work/p"

cat >"$work/user.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoroi/cache.h>
#include <yoroi/compile.h>
#include <yoroi/host.h>
#include <yoroi/loader.h>
#include <yoroi/status.h>

int main(int argc, char **argv)
{
	static const char text[] = "policy {versions {v7 {yes\n}\n}\n}\n"
				   "file {mask {read write\n}\n}\n";
	struct yr_err err = { 0 };
	struct yr_features *kernel = NULL;
	struct yr_diags *diags = yr_diags_new();
	struct yr_compile *compile = NULL;
	struct yr_compile_options opt = { 0 };
	const char *policy = argc > 1 ? argv[1] : "";
	void *image = NULL;
	size_t len = 0;
	int r = yr_features_parse("mine", text, strlen(text), &kernel, &err);
	opt.kernel = kernel;
	if (!r)
		r = yr_compile_text("policy", policy, strlen(policy), &opt, diags, &compile, &err);
	if (!r)
		r = yr_compile_image(compile, &image, &len, &err);
	for (size_t i = 0; i < yr_diags_count(diags); i++)
		yr_diag_print(stdout, yr_diags_get(diags, i), false);
	printf("%d %zu %s\n", r, len, err.msg);
	free(image);
	yr_compile_free(compile);
	yr_diags_free(diags);
	yr_features_free(kernel);
	return r ? 1 : 0;
}
END
system=$(pkg-config --variable pc_path pkg-config)
PKG_CONFIG_LIBDIR=$(dirname "$(find "$stage" -name libyoroi.pc)"):$system
export PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_LIBDIR PKG_CONFIG_PATH=
version=$("$yoroi" version)
check "pkg-config knows the version" test "yoroi $(pkg-config --modversion libyoroi)" = "$version"
# The sanitizers' builds want their runtime in the program first.
sanitize=${YOROI_SANITIZE:-none}
libdir=$(dirname "$(find "$stage" -name libyoroi.so)")
# shellcheck disable=SC2046,SC2086 # words of a command line
check "a program builds with what pkg-config says" $cc -std=gnu17 -Wall -Wextra -Werror \
	$([ "$sanitize" = none ] || echo "-fsanitize=$sanitize") -o "$work/user" "$work/user.c" $(pkg-config --cflags --libs libyoroi)
ends "and compiles a profile" 0 "^0 [1-9][0-9]+ $" env LD_LIBRARY_PATH="$libdir" \
	"$work/user" 'profile p { /a r, }'
ends "and is told a mistake" 1 "policy:1:[0-9]+: error: .*qq" env LD_LIBRARY_PATH="$libdir" \
	"$work/user" 'profile p { /a qq, }'
finish
