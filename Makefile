# SPDX-License-Identifier: GPL-2.0-or-later
# Hotline: one make. Every folder says in its build.mk what it is made of and which rooms it may use.
#
#   make            programs, prompts and pages below build/
#   make demo       a call centre for a minute: an E1, thirty callers, twelve phones, a report   (KEEP=1 leaves it up)
#   make test       unit and Bats tests; ends with "N passed, N failed"                          (ONLY=pattern)
#   make check      test, lint, the doors between rooms, and the long runs
#   make bench      CPU costs beside their floors, into build/bench.tsv
#   make install    DESTDIR= PREFIX=/usr
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr
DESTDIR ?=
ifeq ($(origin CXX),default)
CXX := $(if $(shell command -v ccache),ccache )g++
endif
SAN     ?=
# Strict warnings are errors in our own checkouts only: a packager's newer compiler must not break the build.
WERROR  := $(if $(wildcard .git),-Werror)
CXXFLAGS ?= -O2 -g
ALL_CXXFLAGS = -std=c++20 -Wall -Wextra $(WERROR) -pthread -Ilib -DHOTLINE_VERSION='"$(VERSION)"' \
               $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer) $(CXXFLAGS)
ALL_LDFLAGS  = -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)

ROOMS    := $(patsubst lib/%/build.mk,%,$(wildcard lib/*/build.mk))
PROGRAMS := $(patsubst cmd/%/build.mk,%,$(wildcard cmd/*/build.mk))

# What the rooms say. ROOM_USES_x: doors that are open to it; ROOM_LIBS_x: what it brings to the link.
define read_room
room := $(1)
uses :=
sources :=
libs :=
cflags :=
include lib/$(1)/build.mk
ROOM_USES_$(1) := $$(uses)
ROOM_LIBS_$(1) := $$(libs)
ROOM_OBJECTS_$(1) := $$(patsubst %.cc,$(BUILD)/obj/lib/$(1)/%.o,$$(sources))
$$(ROOM_OBJECTS_$(1)): ROOM_CFLAGS := $$(cflags)
$(BUILD)/lib/lib$(1).a: $$(ROOM_OBJECTS_$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)ar rcs $$@ $$^
endef
define read_program
program := $(1)
uses :=
sources :=
libs :=
cflags :=
include cmd/$(1)/build.mk
PROGRAM_USES_$(1) := $$(uses)
PROGRAM_LIBS_$(1) := $$(libs)
PROGRAM_OBJECTS_$(1) := $$(patsubst %.cc,$(BUILD)/obj/cmd/$(1)/%.o,$$(sources))
$$(PROGRAM_OBJECTS_$(1)): ROOM_CFLAGS := $$(cflags)
endef
$(foreach r,$(ROOMS),$(eval $(call read_room,$(r))))
$(foreach p,$(PROGRAMS),$(eval $(call read_program,$(p))))

# closure(rooms): these and all that they use.
closure = $(sort $(1) $(foreach r,$(1),$(if $(ROOM_USES_$(r)),$(call closure,$(ROOM_USES_$(r))))))
archives = $(patsubst %,$(BUILD)/lib/lib%.a,$(call closure,$(1)))
room_libs = $(sort $(foreach r,$(call closure,$(1)),$(ROOM_LIBS_$(r))))
link = $(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group

Q := $(if $(V),,@)
define program_rule
$(BUILD)/bin/$(1): $(PROGRAM_OBJECTS_$(1)) $(call archives,$(PROGRAM_USES_$(1)))
	@mkdir -p $$(@D)
	@echo "link $(1)"
	$$(link) $(call room_libs,$(PROGRAM_USES_$(1))) $(PROGRAM_LIBS_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

$(BUILD)/obj/%.o: %.cc
	@mkdir -p $(@D)
	@echo "c++  $<"
	$(Q)$(CXX) $(ALL_CXXFLAGS) $(ROOM_CFLAGS) -MMD -MP -c -o $@ $<

# Further folders: scripts, prompts, sites, pages, tests, each with its own build.mk.
include $(wildcard share/build.mk share/*/build.mk man/build.mk etc/build.mk tests/build.mk tests/*/build.mk)

.PHONY: all programs
programs: $(patsubst %,$(BUILD)/bin/%,$(PROGRAMS))
all: programs

# deps: what is missing of share/debian-packages, installed and named; nothing said and nothing done otherwise.
.PHONY: deps
deps:
	@share/install-packages share/debian-packages

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
