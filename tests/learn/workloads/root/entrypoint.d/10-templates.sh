#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Settings from the environment.
set -e

for template in /etc/nginx/templates/*.conf; do
	into=/etc/nginx/conf.d/${template##*/}
	cp "$template" "$into"
	sed -i "s/@PORT@/${PORT:-8080}/; s/@INNER@/${INNER:-8081}/" "$into"
done
