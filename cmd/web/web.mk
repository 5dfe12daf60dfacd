# SPDX-License-Identifier: Apache-2.0
# The same code for WebAssembly: a page that verifies in the browser, and an npm
# package. cmd/web/README.md says which file is what.

#: make web               build/web: the verdict as a page that needs no server, and as an npm package
W     := $(B)/web
WDEPS := $(W)/deps
# Debian's emscripten needs Debian's modules, whichever node there is.
EMCC  := NODE_PATH=/usr/share/nodejs:/usr/lib/nodejs emcc
WINC  := $(INC) -Icmd -Icmd/frame -Icmd/opts -Icmd/print -Icmd/one -Icmd/web
WOURS := -std=c11 -D_XOPEN_SOURCE=700 -Iinclude -MMD -MP $(WARN) $(REPRO) -fvisibility=hidden -O2
# What opens connections is no part of it.
WSRC  := $(filter-out lib/fetch/% lib/door/http.c,$(LIBSRC)) $(CMDAUX) cmd/web/web.c cmd/one/one.c \
	$(sort $(filter-out cmd/fetch/% cmd/serve/% cmd/frame/% cmd/opts/% cmd/print/% cmd/web/% cmd/one/%,$(wildcard cmd/*/*.c)))
WMAIN := $(filter-out cmd/fetch.c cmd/serve.c,$(sort $(wildcard cmd/*.c)))
WOBJ  := $(WSRC:%.c=$(W)/obj/%.o) $(WMAIN:%.c=$(W)/obj/%.o)
WLIBS := $(foreach l,archive lzma zstd z jansson yaml xml2 crypto,$(WDEPS)/lib/lib$l.a)

# 8 MiB of stack, as programs have elsewhere, and whatever needs more ends there.
# Without memory malloc() says so, and the caller does.
WLINK := -O2 -sSTRICT=1 -sMODULARIZE=1 -sEXPORT_NAME=refvalModule -sENVIRONMENT=web -sINVOKE_RUN=0 -sEXIT_RUNTIME=1 \
	-sFORCE_FILESYSTEM=1 -sALLOW_MEMORY_GROWTH=1 -sABORTING_MALLOC=0 -sTOTAL_STACK=8388608 -sSTACK_OVERFLOW_CHECK=2 \
	-sINITIAL_MEMORY=20971520 -sEXPORTED_RUNTIME_METHODS=FS,callMain,ENV -sINCOMING_MODULE_JS_API=instantiateWasm,preRun,print,printErr,noInitialRun,thisProgram,onAbort \
	--js-library cmd/web/files.js

web: $(W)/.tools $(W)/deps/done
	@$(MAKE) --no-print-directory $(AT_ONCE) $(W)/index.html

$(W)/.tools: FORCE
	@$(DEPS) say web

$(W)/deps/done: cmd/one/libraries.sh | $(W)/.tools
	@sh cmd/one/libraries.sh wasm $(W)/deps

# A command's main() is called by its name; refval.c is the program, and what it
# would exec(3) is called.
# (Their headers are prerequisites of their own, by -MMD.)
$(W)/obj/%.o: %.c | $(W)/deps/done
	@mkdir -p $(@D)
	$(call Q,EMCC,$@)$(EMCC) $(WOURS) $(WINC) -I$(WDEPS)/include -I$(WDEPS)/include/libxml2 \
		$(if $(filter cmd/refval.c,$<),-Dexecv=rv_web_exec -Dexecvp=rv_web_exec) \
		$(if $(filter $<,$(filter-out cmd/refval.c,$(WMAIN))),-Dmain=rv_main_$(notdir $*) -include cmd/one/one.h) -c -o $@ $<

$(W)/obj/refval.js: $(WOBJ) $(WLIBS) cmd/web/files.js cmd/web/web.mk
	$(call Q,EMLD,$@)$(EMCC) $(WLINK) -o $@ $(WOBJ) $(WLIBS)

$(W)/index.html: $(W)/obj/refval.js $(wildcard cmd/web/*.js cmd/web/page/* cmd/web/npm/* images/releases/*.json) \
		docs/schemas/report.json docs/schemas/error.json
	$(call Q,WEB,$(W))node cmd/web/bundle.js $(W)

-include $(WOBJ:.o=.d)
.PHONY: web
