# The soak: random calls for SOAK_MINUTES against the real programs; prints its seed, and SEED=… plays the same again.
SOAK_USES := base bus wire journal
SOAK_OBJECTS := $(patsubst %.cc,$(BUILD)/obj/%.o,$(wildcard tests/soak/*.cc))
$(BUILD)/test/soak: $(SOAK_OBJECTS) $(call archives,$(SOAK_USES))
	@mkdir -p $(@D)
	@echo "link soak"
	$(link) $(call room_libs,$(SOAK_USES))

SOAK_MINUTES ?= 30
.PHONY: soak
soak: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all $(BUILD)/test/soak
	@BUILD=$(BUILD) $(BUILD)/test/soak --minutes $(SOAK_MINUTES) $(if $(SEED),--seed $(SEED))
