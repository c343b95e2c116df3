# What programs find beside themselves: build/ mirrors an installed prefix, so that build/bin runs without installing.
SCRIPTS := $(patsubst cmd/%.sh,%,$(wildcard cmd/*/*.sh))
define script_rule
$(BUILD)/bin/$(notdir $(1)): cmd/$(1).sh Makefile
	@mkdir -p $$(@D)
	$(Q)sed 's/@VERSION@/$(VERSION)/' $$< >$$@.new && chmod 755 $$@.new && mv $$@.new $$@
endef
$(foreach s,$(SCRIPTS),$(eval $(call script_rule,$(s))))
scripts: $(patsubst %,$(BUILD)/bin/%,$(notdir $(SCRIPTS)))

# Sites, service directories and the demo are links into the tree: what is edited is what runs.
SHARED_DIRS := $(BUILD)/share/hotline/sites $(BUILD)/share/hotline/sv $(BUILD)/share/hotline/demo \
               $(BUILD)/share/hotline/tts
$(BUILD)/share/hotline/sv: ; @mkdir -p $(@D) && ln -sfn $(CURDIR)/etc/sv $@
$(filter-out %/sv,$(SHARED_DIRS)): $(BUILD)/share/hotline/%: ; @mkdir -p $(@D) && ln -sfn $(CURDIR)/share/$* $@
.PHONY: scripts shared
shared: $(SHARED_DIRS)
all: scripts shared

.PHONY: demo demo-stop
demo: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) KEEP=$(KEEP) share/demo/demo
demo-stop:
	@BUILD=$(BUILD) share/demo/demo stop

# install: the system-wide layout. Daemons run as user hotline; their service directories are only laid out, a link into
# /etc/service switches one on (hotline(8)).
PAGES = $(wildcard man/man*/*.[1-8])
.PHONY: man install
man:
	@for page in $(PAGES); do mandoc -T lint -W warning $$page || exit 1; done
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/hotline $(DESTDIR)/etc/hotline $(DESTDIR)/etc/sv
	install -m 755 $(BUILD)/bin/* $(DESTDIR)$(PREFIX)/bin/
	cp -R $(BUILD)/share/hotline/prompts $(BUILD)/share/hotline/sql $(DESTDIR)$(PREFIX)/share/hotline/
	cp -R share/sites share/demo share/tts $(DESTDIR)$(PREFIX)/share/hotline/
	cp -R etc/sv $(DESTDIR)$(PREFIX)/share/hotline/
	for daemon in etc/sv/*; do cp -R $$daemon $(DESTDIR)/etc/sv/hotline-$${daemon##*/} && \
	  install -d $(DESTDIR)/etc/sv/hotline-$${daemon##*/}/env; done
	for page in $(PAGES); do install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/$${page#man/}; done

# dist: a tarball of the last commit, the same octets whoever makes it; distcheck builds from it.
.PHONY: dist distcheck
dist:
	@mkdir -p $(BUILD)
	@epoch=$$(git log -1 --format=%ct) && \
	set -o pipefail && git ls-files -z | LC_ALL=C sort -z | tar --no-recursion --null -T - --owner=0 --group=0 --numeric-owner --mtime=@$$epoch \
	  --transform 's|^|hotline-$(VERSION)/|' -cf - | gzip -n9 >$(BUILD)/hotline-$(VERSION).tar.gz
	@cd $(BUILD) && sha256sum hotline-$(VERSION).tar.gz | tee hotline-$(VERSION).tar.gz.sha256
distcheck: dist
	rm -rf $(BUILD)/distcheck && mkdir $(BUILD)/distcheck
	tar -xzf $(BUILD)/hotline-$(VERSION).tar.gz -C $(BUILD)/distcheck
	$(MAKE) -C $(BUILD)/distcheck/hotline-$(VERSION) -j$(shell nproc) all unit
