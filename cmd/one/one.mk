# SPDX-License-Identifier: Apache-2.0
# All commands as one program, and refval-fetch and refval-serve, which are no
# part of it: three files that run on any Linux.

#: make static       programs without a dynamic loader, with musl, in build/static/bin
S     := $(B)/static
SDEPS := $(S)/libraries
ONE   := $(filter-out fetch serve,$(CMDS:%.c=%))
OBJCOPY ?= objcopy

# Its main() is called by its name.
$(B)/one/%.o: $(B)/cmd/%.o
	@mkdir -p $(@D)
	$(call Q,COPY,$@)$(OBJCOPY) --redefine-sym main=rv_main_$* $< $@

$(B)/one/refval: $(ONE:%=$(B)/one/%.o) $(patsubst %.c,$(B)/%.o,$(sort $(wildcard cmd/one/*.c $(ONE:%=cmd/%/*.c)))) \
		$(B)/lib/libcmd.a $(B)/lib/librefval.a
	$(call Q,LD,$@)$(LINK) $^ $(LIBS) $(LDLIBS)

# The flags are not the user's: what is made is the same wherever it is made.
static: deps-image
	@sh cmd/one/libraries.sh static $(SDEPS)
	@env -u CPPFLAGS -u LDFLAGS -u LDLIBS $(MAKE) --no-print-directory $(AT_ONCE) B=$(S)/obj STATIC=1 CC=$(SDEPS)/bin/musl-cc CFLAGS='-O2 -ffunction-sections -fdata-sections' \
		CPPFLAGS= LDFLAGS='-Wl,--gc-sections -s' LDLIBS= SAN= PKG_CONFIG='env PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=$(SDEPS)/pc pkg-config' \
		$(S)/obj/one/refval $(S)/obj/bin/refval-fetch $(S)/obj/bin/refval-serve
	@rm -rf $(S)/bin && mkdir -p $(S)/bin && cp $(S)/obj/one/refval $(S)/obj/bin/refval-fetch $(S)/obj/bin/refval-serve $(S)/bin
	@for c in $(filter-out refval,$(ONE)); do ln -s refval $(S)/bin/refval-$$c || exit 4; done

.PHONY: static
