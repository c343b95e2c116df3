# Migrations of the store, where Instance.share() finds them.
SQL_FILES := $(patsubst share/sql/%,$(BUILD)/share/hotline/sql/%,$(wildcard share/sql/*.sql))
$(BUILD)/share/hotline/sql/%.sql: share/sql/%.sql
	@mkdir -p $(@D)
	$(Q)cp $< $@
all: $(SQL_FILES)
