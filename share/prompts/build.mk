# SPDX-License-Identifier: GPL-2.0-or-later
# Prompts: text tables to A-law WAV, 8 kHz mono, as <lang>/<name>.wav. Only lines that changed are spoken again.
PROMPT_LANGUAGES := zh-CN en
PROMPT_DIR       := $(BUILD)/share/hotline/prompts

.PHONY: prompts
prompts: $(patsubst %,$(BUILD)/prompts/%.made,$(PROMPT_LANGUAGES)) $(PROMPT_DIR)/common/music.wav
all: prompts

$(BUILD)/prompts/%.made: share/prompts/%.tsv share/prompts/make-prompts share/prompts/make-prompt
	$(Q)share/prompts/make-prompts $* $< $(PROMPT_DIR)/$* $(BUILD)/prompts/$*
	@cp $< $(PROMPT_DIR)/$*.tsv
	@touch $@

$(PROMPT_DIR)/common/music.wav: share/prompts/make-music
	@mkdir -p $(@D)
	@echo "music $@"
	$(Q)share/prompts/make-music $@
