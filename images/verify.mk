# SPDX-License-Identifier: Apache-2.0
# verify.mk - the fragment that an auditor's own repository includes:
#
#   RELEASE  = dstack-0.5.8           the release the machine should run, or
#   IMAGE    = dstack-0.5.8.tar.gz    the OS image itself, or
#   VALUES   = values.dsse.json       values that somebody published, which
#   VERIFY_KEY = key.pub              have to be signed by this key
#   EVIDENCE = evidence.json          what the machine said (file or folder)
#   COMPOSE  = app-compose.json       the manifest it should run
#   PINS     = pins.sha256            sha256sum list of every input above
#   REPORT_DATA = hex                 what the quote has to carry (64 bytes)
#   STATEMENT = statement.json        or the file it has to be bound to
#   SHAPE    = --cpus 8 --memory 64G --qemu 8.2.2     or --vm-config FILE
#   AT       = 2026-04-01T00:00:00Z   verify for this time (default: now)
#   ACCEPT   = UpToDate               TCB statuses to accept
#   VERIFY_OPTIONS =                  anything else that refval-verify takes
#   PINNED   = vm_config.json         files that those options name
#
#   include /usr/local/share/refval/verify.mk
#
# Then `make verify` is green, or red with the reason; `make pins` pins the
# inputs as they are now, to be reviewed and committed.

REFVAL_VERIFY ?= refval-verify
PINS          ?= pins.sha256

verify.inputs  = $(IMAGE) $(VALUES) $(VERIFY_KEY) $(COMPOSE) $(STATEMENT) $(PINNED) $(if $(wildcard $(EVIDENCE)/*),$(sort $(wildcard $(EVIDENCE)/*)),$(EVIDENCE))
verify.options = $(if $(RELEASE),--release $(RELEASE)) $(if $(IMAGE),--image $(IMAGE)) \
	$(if $(VALUES),--values $(VALUES)) $(if $(VERIFY_KEY),--verify-key $(VERIFY_KEY)) \
	--evidence $(EVIDENCE) $(if $(COMPOSE),--compose $(COMPOSE)) $(SHAPE) \
	$(if $(AT),--at $(AT)) $(if $(ACCEPT),--accept $(ACCEPT)) \
	$(if $(REPORT_DATA),--report-data $(REPORT_DATA)) \
	$(if $(STATEMENT),--statement $(STATEMENT)) $(VERIFY_OPTIONS)

.PHONY: verify verify-pins verify-machine pins

verify: verify-pins verify-machine

# Every input is the one that was reviewed, and every input was reviewed.
verify-pins:
	@[ -s '$(PINS)' ] || { echo 'verify: no pins: run make pins, review $(PINS), commit it' >&2; exit 3; }
	@for f in $(verify.inputs); do \
		awk -v f="$$f" 'substr($$0, 67) == f { n = 1 } END { exit !n }' '$(PINS)' || { echo "verify: $$f is not pinned in $(PINS)" >&2; exit 1; }; \
	done
	@sha256sum --check --strict --quiet '$(PINS)' >&2 || { echo 'verify: an input is not the one that was pinned' >&2; exit 1; }
	@echo 'pins         yes: every input is the one that was pinned'

verify-machine: verify-pins
	@$(REFVAL_VERIFY) $(verify.options)

pins:
	sha256sum $(verify.inputs) > $(PINS)
