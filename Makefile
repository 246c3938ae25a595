# SPDX-License-Identifier: Apache-2.0
# A thin front for people; meson does the building.
PREFIX ?= /usr
BUILD ?= build
.DEFAULT_GOAL := all
.PHONY: all demo demo-docker test test-quick bench install format clean help packages

packages:
	@tools/install-packages build

$(BUILD)/build.ninja: | packages
	@meson setup --prefix=$(PREFIX) $(BUILD) >/dev/null

all: packages $(BUILD)/build.ninja
	@ninja --quiet -C $(BUILD)
	@ln -sfn yoroi $(BUILD)/apparmor_parser

demo: all
	@[ -n "$(HOST)" ] || tools/install-packages guest
	@HOST=$(HOST) tools/demo/run

demo-docker: all
	@tools/install-packages guest
	@tools/demo/run docker

test:
	@tests/run

test-quick:
	@tests/run --quick

bench: all
	@tools/install-packages test guest bench
	@tests/bench/run
	@tests/bench/log.py
	@tests/bench/runtime.py --containers 200 --guest 6.1
	@tests/bench/learn.py

# The prefix of this call counts, whatever the folder was made for.
install: all
	@meson setup --reconfigure --prefix=$(PREFIX) $(BUILD) >/dev/null
	@ninja --quiet -C $(BUILD)
	@meson install --no-rebuild -C $(BUILD) --quiet

format:
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

clean:
	@rm -rf $(BUILD) $(BUILD)-*

help:
	@echo 'make              build build/yoroi, its parts beside it, and build/apparmor_parser'
	@echo 'make demo         build, then confine real containers in a guest, step by step'
	@echo '                  (HOST=1: on this machine, as root, when its kernel has AppArmor)'
	@echo 'make demo-docker  the same walk with Docker'
	@echo 'make test         build, run every test; test-quick: without guests and fuzzing'
	@echo 'make bench        measure beside upstream'\''s apparmor_parser: ten minutes'
	@echo 'make install      to PREFIX=/usr, below DESTDIR'
	@echo 'make format       lay out the C files; make clean: remove what was built'
