# SPDX-License-Identifier: Apache-2.0
# verify.mk - the fragment that an auditor's own repository includes:
#
#   RELEASE  = dstack-0.5.8           the release the machine should run, or
#   IMAGE    = dstack-0.5.8.tar.gz    the OS image itself, or
#   VALUES   = values.dsse.json       values that somebody published, which
#   VERIFY_KEY = key.pub              have to be signed by this key
#   EVIDENCE = evidence.json          what the machine said (file or folder)
#   COLLATERAL = collateral.json      Intel's collateral, where EVIDENCE has none
#   COMPOSE  = app-compose.json       the manifest it should run
#   REPORT_DATA = hex                 what the quote has to carry (64 bytes)
#   STATEMENT = statement.json        or the file it has to be bound to
#   SHAPE    = --cpus 8 --memory 64G --qemu 8.2.2     or --vm-config FILE
#   AT       = 2026-04-01T00:00:00Z   verify for this time (default: now)
#   ACCEPT   = UpToDate               TCB statuses to accept
#   VERIFY_OPTIONS = --skip app_id    anything else that refval-verify takes
#   PINS     = pins.sha256            SHA-256 of every file that is read
#
#   include /usr/local/share/refval/verify.mk
#
# Then `make verify` is green, or red with the reason; `make pins` pins the
# inputs as they are now, to be reviewed and committed. Both end with a line
# "code N" on standard output, where N is what refval-verify ended with: 0 yes,
# 1 no, 2 wrong use, 3 cannot tell, 4 could not work. make itself ends with 2
# for all of the last four.
#
# Every variable comes from the makefile or from make's command line. One that
# the environment sets is an error, and so is one that is set and empty: write
# no line for what does not apply (`undefine NAME` where an environment that
# you do not rule sets it).

# The program of the same installation, or of the same source tree.
verify.here := $(dir $(lastword $(MAKEFILE_LIST)))
ifeq ($(origin REFVAL_VERIFY),undefined)
REFVAL_VERIFY := $(firstword $(wildcard $(verify.here)../../bin/refval-verify $(verify.here)../build/bin/refval-verify))
endif
ifeq ($(origin PINS),undefined)
PINS := pins.sha256
endif

verify.one = EVIDENCE RELEASE IMAGE VALUES VERIFY_KEY COLLATERAL COMPOSE \
	REPORT_DATA STATEMENT AT ACCEPT
verify.all = REFVAL_VERIFY PINS $(verify.one) SHAPE VERIFY_OPTIONS

# make's ways to run nothing, to go on after an error, and to let others decide.
verify.flags := $(filter-out --%,$(firstword -$(MAKEFLAGS)))
$(foreach f,e i n q t,$(if $(findstring $f,$(verify.flags)),$(error verify: make -$f would answer without verifying)))
$(if $(MAKEFILES),$(error verify: MAKEFILES is set: the environment may not decide))

verify.bad = $(if $(filter environment%,$(firstword $(origin $1))),\
	$(error verify: $1 comes from the environment: set it in the makefile or as make $1=...))$(if \
	$(filter-out undefined,$(firstword $(origin $1))),$(if $(strip $($1)),,\
	$(error verify: $1 is empty: give it a value, or write no line for it)))
verify.asks = $(filter -h --help --help=% -V --version,$(SHAPE) $(VERIFY_OPTIONS))
verify.check = $(foreach v,$(verify.all),$(call verify.bad,$v))$(if \
	$(EVIDENCE),,$(error verify: EVIDENCE is not set))$(if \
	$(verify.asks),$(error verify: $(verify.asks) would answer without verifying))

# Values reach the shell as variables, which it does not read as commands.
verify pins: export verify_tool = $(REFVAL_VERIFY)
verify pins: export verify_pins = $(PINS)
verify pins: export verify_words = $(SHAPE) $(VERIFY_OPTIONS)
$(foreach v,$(verify.one),$(eval verify pins: export verify_$v = $$($v)))

# $1: the option that takes PINS. No globbing: words are only split.
define verify.run
@$(verify.check)set -f; set -- $$verify_words \
	$(foreach o,$(verify.one),$(if $($o),--$(verify.$o) "$$verify_$o")) \
	$1 "$$verify_pins"; \
"$$verify_tool" "$$@"; code=$$?; echo "code         $$code"; exit $$code
endef
verify.EVIDENCE    = evidence
verify.RELEASE     = release
verify.IMAGE       = image
verify.VALUES      = values
verify.VERIFY_KEY  = verify-key
verify.COLLATERAL  = collateral
verify.COMPOSE     = compose
verify.REPORT_DATA = report-data
verify.STATEMENT   = statement
verify.AT          = at
verify.ACCEPT      = accept

.PHONY: verify pins

verify:
	$(call verify.run,--pins)

pins:
	$(call verify.run,--write-pins)
