#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Settings from the environment.
set -e

for template in /etc/nginx/templates/*.conf; do
	into=/etc/nginx/conf.d/${template##*/}
	cp "$template" "$into"
	# Each makes a temporary file: of three some look like words by chance, and teach nothing.
	sed -i "s/@PORT@/${PORT:-8080}/" "$into"
	sed -i "s/@INNER@/${INNER:-8081}/" "$into"
done
