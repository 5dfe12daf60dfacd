# SPDX-License-Identifier: Apache-2.0
#
# make            the library and the programs           (V=1 shows commands)
# make verify     verify a real captured machine, end to end
# make check      all tests                              (SAN=address,undefined)
# make check-fast the same without the slow tests
# make help       every target
#
# CC CFLAGS CPPFLAGS LDFLAGS LDLIBS PKG_CONFIG are yours; ours come before.
# STATIC=1: programs without a dynamic loader, of static libraries; make static
# builds these, too.

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
PCDIR      ?= $(LIBDIR)/pkgconfig
INCDIR     ?= $(PREFIX)/include
MANDIR     ?= $(PREFIX)/share/man
SHAREDIR   ?= $(PREFIX)/share
DATADIR    ?= $(SHAREDIR)/refval
BASHDIR    ?= $(SHAREDIR)/bash-completion/completions
ZSHDIR     ?= $(SHAREDIR)/zsh/site-functions
FISHDIR    ?= $(SHAREDIR)/fish/vendor_completions.d
CFLAGS     ?= -O2 -g
PKG_CONFIG ?= pkg-config
SAN        ?=
STATIC     ?=
comma      := ,
# quoted TEXT: one word for the shell, whatever is in it.
quoted      = '$(subst ','\'',$1)'
B          := build$(addprefix -,$(subst $(comma),-,$(SAN)))
export B

VERSION := $(shell sed -n 's/.*REFVAL_VERSION "\(.*\)"/\1/p' include/refval/types.h)
WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wredundant-decls
# No path of the build machine, no clock, no hash seed may reach the output.
# (In double quotes: a path may have spaces.)
REPRO := -ffile-prefix-map="$(CURDIR)"=.
HARD  := -fstack-protector-strong -fPIE -fvisibility=hidden \
	$(if $(SAN),,-D_FORTIFY_SOURCE=2)
SANF  := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)
OURS  := -std=c11 -D_XOPEN_SOURCE=700 -Iinclude -MMD -MP \
	$(WARN) $(REPRO) $(HARD) $(SANF)
INC   := -Ilib/base -Ilib/door -Ilib/qemu
LINK   = $(CC) $(SANF) $(CFLAGS) $(if $(STATIC),-static-pie,-pie) -Wl,-z,relro,-z,now -Wl,--as-needed \
	$(LDFLAGS) -o $@

# What each part stands on. Only refval-fetch may link libcurl, and only
# refval-serve libmicrohttpd.
PKGS       := libcrypto libarchive zlib jansson yaml-0.1 libxml-2.0
PKGS_fetch := libcurl
PKGS_serve := libmicrohttpd
PCLIBS     := $(PKG_CONFIG) $(if $(STATIC),--static) --libs
LIBS       := $(shell $(PCLIBS) $(PKGS) 2>/dev/null) -lpthread
PKGCFLAGS  := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)

ifeq ($(V)$(findstring s,$(firstword -$(MAKEFLAGS))),)
Q = @printf '  %-4s %s\n' $(1) $(2);
endif

LIBSRC := $(sort $(wildcard lib/*/*.c))
LIBOBJ := $(LIBSRC:%.c=$(B)/%.o)
# cmd/NAME.c is a command and cmd/NAME/ its parts; what several commands share
# is in cmd/frame, cmd/opts and cmd/print.
CMDAUX := $(sort $(wildcard $(addprefix cmd/,frame/*.c opts/*.c print/*.c)))
CMDS   := $(notdir $(sort $(wildcard cmd/*.c)))
# A list, and to scripts a folder: whoever has BIN in the environment means that.
unexport BIN
BIN    := $(patsubst %,$(B)/bin/%,$(patsubst refval-refval,refval,$(CMDS:%.c=refval-%)))
UNIT   := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/*.c)))
FUZZ   := $(sort $(wildcard tests/fuzz/fuzz_*.c))

# The shared library opens no connection: lib/fetch is in the archive only.
SONAME := librefval.so.0
SO     := librefval.so.$(VERSION)
SOOBJ  := $(filter-out $(B)/lib/fetch/% $(B)/lib/door/http.o,$(LIBOBJ))

# Where nothing is loaded there is none.
all: $(BIN) $(B)/lib/librefval.a $(if $(STATIC),,$(B)/lib/$(SO))

# Rebuild when a setting changed: objects of two configurations never mix.
# Nothing is compiled before everything is there.
$(B)/.config: FORCE
	@$(firstword $(CC)) --version > /dev/null 2>&1 && $(PKG_CONFIG) --exists $(PKGS) $(PKGS_fetch) $(PKGS_serve) 2> /dev/null || \
		$(DEPS) say build
	@mkdir -p $(@D); s=$(call quoted,$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $(LDLIBS) $(OURS) $(INC) $(LIBS)); \
	[ "$$s" = "$$(cat $@ 2>/dev/null)" ] || printf '%s\n' "$$s" > $@

# Every file of lib/ may include its own folder's headers, lib/base's, the
# doors' to other libraries and the tables of lib/qemu.
$(B)/lib/%.o: lib/%.c $(B)/.config
	@mkdir -p $(@D)
	$(call Q,CC,$@)$(CC) $(OURS) -fPIC $(INC) $(PKGCFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/cmd/%.o: cmd/%.c $(B)/.config
	@mkdir -p $(@D)
	$(call Q,CC,$@)$(CC) $(OURS) $(INC) -Icmd -Icmd/frame -Icmd/opts -Icmd/print \
		$(if $(filter cmd/serve/%,$<),$(shell $(PKG_CONFIG) --cflags $(PKGS_serve))) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/lib/librefval.a: $(LIBOBJ)
	@mkdir -p $(@D)
	$(call Q,AR,$@)rm -f $@; $(AR) crD $@ $^

$(B)/lib/$(SO): $(SOOBJ) lib/librefval.map
	$(call Q,LD,$@)$(CC) $(SANF) $(CFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=lib/librefval.map \
		$(if $(SAN),,-Wl$(comma)-z$(comma)defs) -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS) -o $@ $(SOOBJ) $(LIBS) $(LDLIBS)

$(B)/lib/libcmd.a: $(CMDAUX:%.c=$(B)/%.o)
	@mkdir -p $(@D)
	$(call Q,AR,$@)rm -f $@; $(AR) crD $@ $^

define COMMAND
$(B)/bin/refval$(if $(filter refval,$1),,-$1): $(B)/cmd/$1.o \
	$(patsubst %.c,$(B)/%.o,$(sort $(wildcard cmd/$1/*.c))) $(B)/lib/libcmd.a $(B)/lib/librefval.a
	@mkdir -p $$(@D)
	$$(call Q,LD,$$@)$$(LINK) $$^ $$(if $$(PKGS_$1),$$(shell $$(PCLIBS) $$(PKGS_$1))) $$(LIBS) $$(LDLIBS)
endef
$(foreach c,$(CMDS:%.c=%),$(eval $(call COMMAND,$c)))

# ---- tests ----

$(B)/unit/%: tests/unit/%.c $(B)/lib/libcmd.a $(B)/lib/librefval.a
	@mkdir -p $(@D)
	$(call Q,LD,$@)$(CC) $(OURS) $(INC) -Ilib $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $< \
		$(B)/lib/libcmd.a $(B)/lib/librefval.a $(LIBS) $(shell $(PKG_CONFIG) --libs cmocka) $(LDLIBS)

$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/driver.c $(B)/lib/librefval.a
	@mkdir -p $(@D)
	$(call Q,LD,$@)$(CC) $(filter-out -MMD -MP,$(OURS)) -Wno-missing-prototypes $(INC) -Ilib $(CPPFLAGS) $(CFLAGS) \
		$(LDFLAGS) -Wl,--as-needed -o $@ $< tests/fuzz/driver.c $(B)/lib/librefval.a $(LIBS) $(LDLIBS)

# Unit programs need cmocka, which `make check` installs; check-here does without.
unit: $(if $(shell $(PKG_CONFIG) --exists cmocka 2>/dev/null && echo yes),$(UNIT)) $(FUZZ:tests/fuzz/%.c=$(B)/fuzz/%)

DEPS = CC=$(call quoted,$(CC)) PKG_CONFIG=$(call quoted,$(PKG_CONFIG)) sh tests/deps.sh
deps-check deps-build deps-deb deps-release deps-image:
	@$(DEPS) $(@:deps-%=%)

# As many compilers as processors, unless make was told otherwise.
AT_ONCE = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(or $(JOBS),$(shell nproc 2>/dev/null || echo 1)))

# What the tests themselves build is built as this is.
TESTRUN = $(foreach v,CC CFLAGS CPPFLAGS LDFLAGS LDLIBS PKG_CONFIG SAN,$v=$(call quoted,$($v))) tests/run.sh
SUITE ?=

# Everything that needs no other machine, or the files that SUITE names. Ends with
# "N passed, N failed, N skipped".
check: deps-check
	@$(MAKE) --no-print-directory $(AT_ONCE) all unit
	@$(TESTRUN) $(SUITE)

# The developer's loop: every stage, without what is tagged as slow.
check-fast: deps-check
	@$(MAKE) --no-print-directory $(AT_ONCE) all unit
	@$(TESTRUN) --fast $(SUITE)

# With what this machine has: a test whose tools are missing is skipped.
check-here:
	@$(MAKE) --no-print-directory $(AT_ONCE) all unit
	@$(TESTRUN) $(SUITE)

# Lines and branches of the library that the unit programs and SUITE reach.
coverage: deps-check
	@tests/coverage.sh $(SUITE)

verify: deps-build
	@$(MAKE) --no-print-directory $(AT_ONCE) all
	@tests/verify.sh

lint: deps-check
	@tests/lint.sh

# Each fuzzer for TIME seconds under ASan and UBSan; needs clang.
TIME ?= 60
fuzz:
	@tests/fuzz/run.sh $(TIME)

bench: all
	@tests/bench/run.sh

# As a newcomer: both README commands in each Debian, or in the one that SUITE names.
check-fresh:
	@for s in $(or $(subst $(comma), ,$(SUITE)),bookworm trixie); do \
		SUITE=$$s AS='$(if $(filter-out default,$(origin AS)),$(AS))' sh tests/oracle/fresh-debian.sh . build/fresh "make verify" "make check" || exit $$?; done

-include $(wildcard tests/*/targets.mk docs/*/targets.mk)
include cmd/web/web.mk
include cmd/one/one.mk

# ---- packaging ----

completion: $(BIN)
	@mkdir -p $(B)/completion
	@for s in bash zsh fish; do sh docs/completion.sh $$s $(B)/bin > $(B)/completion/$$s || exit 4; done

MAN1 := $(wildcard docs/*.1)
MAN5 := $(wildcard docs/*.5)
# Subcommands: each has the page of its command under its own name, too.
HASHES := image match diff rebuild compose audit

PC    := refval.pc refval-fetch.pc
to     = $(call quoted,$(DESTDIR)$1)

install: all completion
	install -d $(call to,$(BINDIR)) $(call to,$(LIBDIR)) $(call to,$(PCDIR)) $(call to,$(INCDIR)/refval) $(call to,$(MANDIR)/man1) \
		$(call to,$(MANDIR)/man5) $(call to,$(DATADIR)/releases) $(call to,$(DATADIR)/schemas) $(call to,$(DATADIR)/ci) $(call to,$(DATADIR)/systemd) $(call to,$(BASHDIR)) \
		$(call to,$(ZSHDIR)) $(call to,$(FISHDIR))
	install -m755 $(BIN) $(call to,$(BINDIR))
	install -m644 $(B)/lib/librefval.a $(call to,$(LIBDIR))
	$(if $(STATIC),,install -m755 $(B)/lib/$(SO) $(call to,$(LIBDIR)))
	$(if $(STATIC),,ln -sf $(SO) $(call to,$(LIBDIR)/$(SONAME)))
	$(if $(STATIC),,ln -sf $(SONAME) $(call to,$(LIBDIR)/librefval.so))
	for p in $(PC); do sed $(foreach v,PREFIX LIBDIR INCDIR VERSION PKGS PKGS_fetch,-e $(call quoted,s|@$v@|$($v)|)) \
		lib/$$p.in > $(call to,$(PCDIR))/$$p || exit 4; done
	install -m644 include/refval.h $(call to,$(INCDIR))
	install -m644 include/refval/*.h $(call to,$(INCDIR)/refval)
	install -m644 images/releases/*.json $(call to,$(DATADIR)/releases)
	install -m644 images/verify.mk $(call to,$(DATADIR))
	install -m644 docs/schemas/*.json $(call to,$(DATADIR)/schemas)
	install -m644 $(filter-out %.sh,$(wildcard docs/ci/*)) $(call to,$(DATADIR)/ci)
	install -m755 $(wildcard docs/ci/*.sh) $(call to,$(DATADIR)/ci)
	install -m644 docs/systemd/refval-serve.socket $(call to,$(DATADIR)/systemd)
	sed $(call quoted,s|@BINDIR@|$(BINDIR)|) docs/systemd/refval-serve.service > $(call to,$(DATADIR)/systemd/refval-serve.service)
	install -m644 $(B)/completion/bash $(call to,$(BASHDIR)/refval)
	install -m644 $(B)/completion/zsh $(call to,$(ZSHDIR)/_refval)
	install -m644 $(B)/completion/fish $(call to,$(FISHDIR)/refval.fish)
	$(if $(MAN1),install -m644 $(MAN1) $(call to,$(MANDIR)/man1))
	for s in $(HASHES); do echo .so man1/refval-hash.1 > $(call to,$(MANDIR)/man1)/refval-hash-$$s.1 || exit 4; done
	$(if $(MAN5),install -m644 $(MAN5) $(call to,$(MANDIR)/man5))

uninstall:
	rm -f $(foreach f,$(notdir $(BIN)),$(call to,$(BINDIR)/$f))
	rm -f $(foreach f,librefval.a librefval.so $(SONAME) $(SO),$(call to,$(LIBDIR)/$f)) $(foreach f,$(PC),$(call to,$(PCDIR)/$f))
	rm -f $(call to,$(INCDIR)/refval.h) $(call to,$(BASHDIR)/refval) \
		$(call to,$(ZSHDIR)/_refval) $(call to,$(FISHDIR)/refval.fish)
	rm -f $(foreach f,$(notdir $(MAN1)) $(HASHES:%=refval-hash-%.1),$(call to,$(MANDIR)/man1/$f)) $(foreach f,$(notdir $(MAN5)),$(call to,$(MANDIR)/man5/$f))
	rm -rf $(call to,$(INCDIR)/refval) $(call to,$(DATADIR))

# Built twice, from two paths: the same bytes.
repro:
	@tests/repro.sh

# The same bytes from the same commit, whoever runs it, and from the tarball itself.
dist:
	@sh tests/dist.sh refval-$(VERSION)

clean:
	rm -rf build build-*

help:
	@echo 'make              build everything into $(B)/'
	@echo 'make verify       verify a real captured machine, end to end'
	@echo 'make check        all tests; SAN=address,undefined for sanitizers'
	@echo '                  SUITE=acpi,quote only those files, TEST=REGEX only those tests, JOBS=N at once'
	@echo 'make check-fast   every stage without the slow tests; SUITE=, TEST='
	@echo 'make check-here   all tests with the tools at hand, nothing is installed; the rest is skipped'
	@echo 'make coverage     lines and branches of lib that the tests reach, by folder; SUITE='
	@echo 'make lint         format, shell, manual pages, clang --analyze and cppcheck'
	@echo 'make fuzz         every fuzzer for TIME=60 seconds'
	@echo 'make bench        speed, as ratios to named opponents in one run'
	@echo 'make check-fresh  both README commands in a pristine Debian 12 and 13 (root, debootstrap);'
	@echo '                  SUITE=bookworm|trixie one of them, AS=NAME as a user without sudo'
	@echo 'make install      DESTDIR= PREFIX=/usr/local; also uninstall'
	@echo 'make dist         release tarball of the current commit'
	@echo 'make repro        build twice, from two paths, and compare every byte; and once by clang'
	@sed -n 's/^#: //p' $(wildcard docs/*/targets.mk tests/*/targets.mk) cmd/web/web.mk cmd/one/one.mk

FORCE:
.PHONY: all completion repro unit check check-fast check-here coverage verify lint fuzz bench check-fresh install uninstall dist clean help deps-check deps-build deps-deb deps-release deps-image FORCE
.DELETE_ON_ERROR:
-include $(LIBOBJ:.o=.d) $(wildcard $(B)/cmd/*.d $(B)/cmd/*/*.d $(B)/unit/*.d)
