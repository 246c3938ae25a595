#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A node's folder of manifests, and what happens to it while the node looks.
. "$(dirname "${BASH_SOURCE[0]}")/run-lib.sh"

dir=$work/manifests
mkdir "$dir"
sql()
{
	python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], 20); c.execute(sys.argv[2]); c.commit()' "$YOROI_PODS" "$1"
}
# put FILE POD...: whole or not at all
put()
{
	local file=$1
	shift
	pod "$@" >"$work/.new"
	mv "$work/.new" "$dir/$file"
}

put a.yaml one localhost/deny-write sleep
start_node --manifests "$dir"
until_so "a Pod of a file" 20 phase_is one Running
uid=$(field one .metadata.uid)
put b.yaml one "" sleep
until_so "another file with the same Pod is named" 20 grep -q 'b.yaml: the Pod default/one is of .*a.yaml already' "$work/node"
put c.yaml two localhost/deny-write sleep
until_so "others go on" 20 phase_is two Running
is "and the first stays as it is" "$uid" .metadata.uid one
rm "$dir/b.yaml"
mv "$dir/a.yaml" "$dir/z.yaml"
sleep 2
is "a file that gets another name changes nothing" "$uid" .metadata.uid one
echo 'apiVersion: v1' >"$dir/z.yaml"
until_so "half a file is named" 20 grep -q 'z.yaml:.*kind' "$work/node"
mv "$dir" "$dir.away"
sleep 2
mv "$dir.away" "$dir"
is "half a file, or no folder, ends nothing" "$uid" .metadata.uid one
pod one localhost/deny-write stubborn | sed 's/restartPolicy:.*/&\n  terminationGracePeriodSeconds: 1/' >"$work/.new"
mv "$work/.new" "$dir/z.yaml"
until_so "one that changed is made anew" 60 sh -c "'$yoroi' pod get one -o json | jq -en 'input | .metadata.uid != \"$uid\" and .status.phase == \"Running\"'"
rm "$dir/z.yaml"
until_so "it has the time that it asks for, not more" 20 gone one
check "the store fails" sql 'ALTER TABLE events RENAME TO away'
put d.yaml three localhost/deny-write sleep
until_so "which is said of the file" 20 grep -q 'd.yaml: .*no such table' "$work/node"
check "it works again" sql 'ALTER TABLE away RENAME TO events'
until_so "and the Pod comes, without another word" 40 phase_is three Running
finish
