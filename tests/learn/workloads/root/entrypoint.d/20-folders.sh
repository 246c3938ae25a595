#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What belongs to the server's user.
set -e

mkdir -p /var/lib/uploads
chown www-data:www-data /var/lib/uploads
