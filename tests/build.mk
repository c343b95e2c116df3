# Tests. One unit program per room (tests/unit/<room>_*.cc) and per program with pure parts (<program>_*.cc, linked with
# that program's objects but main); Bats with the real programs; benches; fuzz targets; lint; the doors between rooms.
UNIT_OWNERS := $(sort $(foreach f,$(notdir $(wildcard tests/unit/*_*.cc)),$(firstword $(subst _, ,$(f)))))
unit_sources = $(wildcard tests/unit/$(1)_*.cc)
unit_objects = $(patsubst %.cc,$(BUILD)/obj/%.o,$(call unit_sources,$(1)) tests/unit/main.cc)
unit_uses    = $(if $(filter $(1),$(ROOMS)),$(1) $(TEST_USES_$(1)),$(PROGRAM_USES_$(1)))

# Doors that only a room's tests need: engines are tested with the real lines, flows with the real files.
TEST_USES_media :=
TEST_USES_bus := journal
TEST_USES_sim := report
# And libraries: SRTP of ours is held against libsrtp's.
TEST_LIBS_media := -lsrtp2

define unit_rule
$(BUILD)/test/unit-$(1): $(call unit_objects,$(1)) $(filter-out %/main.o,$(PROGRAM_OBJECTS_$(1))) $(call archives,$(call unit_uses,$(1)))
	@mkdir -p $$(@D)
	@echo "link unit-$(1)"
	$$(link) $(call room_libs,$(call unit_uses,$(1))) $(PROGRAM_LIBS_$(1)) $(TEST_LIBS_$(1))
endef
$(foreach o,$(UNIT_OWNERS),$(eval $(call unit_rule,$(o))))
UNIT_PROGRAMS := $(patsubst %,$(BUILD)/test/unit-%,$(UNIT_OWNERS))

# Programs that Bats tests and benches run beside the real ones: tests/tools/<name>.cc and tests/bench/<name>.cc, each naming the
# rooms it uses in its first lines: "// uses: base media".
aux_uses = $(shell sed -n 's|^// uses: *||p' $(1))
define aux_rule
$(BUILD)/test/$(basename $(notdir $(1))): $(BUILD)/obj/$(1:.cc=.o) $(call archives,$(call aux_uses,$(1)))
	@mkdir -p $$(@D)
	@echo "link $$(notdir $$@)"
	$$(link) $(call room_libs,$(call aux_uses,$(1)))
endef
TOOL_SOURCES  := $(wildcard tests/tools/*.cc)
BENCH_SOURCES := $(wildcard tests/bench/*.cc)
$(foreach f,$(TOOL_SOURCES) $(BENCH_SOURCES),$(eval $(call aux_rule,$(f))))
TEST_TOOLS := $(patsubst tests/tools/%.cc,$(BUILD)/test/%,$(TOOL_SOURCES))
BENCH_PROGRAMS := $(patsubst tests/bench/%.cc,$(BUILD)/test/%,$(BENCH_SOURCES))

.PHONY: unit test test-programs
test-programs: $(UNIT_PROGRAMS) $(TEST_TOOLS) $(BUILD)/test/soak
unit: $(UNIT_PROGRAMS)
	@BUILD=$(BUILD) ONLY='$(ONLY)' tests/run unit
test: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all test-programs
	@BUILD=$(BUILD) ONLY='$(ONLY)' tests/run unit bats

# check: all of test, then what takes longer: lint, doors, the long runs (LONG=1 is read by the tests that have one).
.PHONY: check check-rooms lint
check: deps check-rooms lint
	@$(MAKE) --no-print-directory -j$(shell nproc) all test-programs
	@BUILD=$(BUILD) LONG=1 CYCLES=10000 CALLS=2000000 ONLY='$(ONLY)' tests/run unit bats
check-rooms:
	@tests/check-rooms
	@echo "doors between rooms: shut where they should be"
lint:
	@BUILD=$(BUILD) tests/lint

# asan, tsan: the unit tests, built and run under the sanitizer in a folder of its own.
.PHONY: asan tsan
asan:
	@ASAN_OPTIONS=detect_leaks=0 $(MAKE) --no-print-directory -j$(shell nproc) BUILD=$(BUILD)/asan SAN=address,undefined unit
tsan:
	@TSAN_OPTIONS=suppressions=$(CURDIR)/tests/tsan.supp $(MAKE) --no-print-directory -j$(shell nproc) BUILD=$(BUILD)/tsan SAN=thread unit

# fuzz: every target for FUZZ_SECONDS from its kept corpus, built by clang in a folder of its own; what crashed is kept there.
FUZZ_SECONDS ?= 60
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.cc)
define fuzz_rule
$(BUILD)/fuzzers/$(basename $(notdir $(1))): $(BUILD)/obj/$(1:.cc=.o) $(call archives,$(call aux_uses,$(1)))
	@mkdir -p $$(@D)
	@echo "link $$(notdir $$@)"
	$$(link) -fsanitize=fuzzer $(call room_libs,$(call aux_uses,$(1)))
endef
$(foreach f,$(FUZZ_SOURCES),$(eval $(call fuzz_rule,$(f))))
.PHONY: fuzz fuzzers
fuzzers: $(patsubst tests/fuzz/%.cc,$(BUILD)/fuzzers/%,$(FUZZ_SOURCES))
fuzz:
	@$(MAKE) --no-print-directory -j$(shell nproc) BUILD=$(BUILD)/fuzz CXX=clang++ WERROR= SAN=fuzzer-no-link,address,undefined \
	  CXXFLAGS='-O1 -g' fuzzers
	@BUILD=$(BUILD)/fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run-fuzz

.PHONY: bench
bench: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all $(BENCH_PROGRAMS) $(BUILD)/test/crowd
	@BUILD=$(BUILD) tests/run-bench
