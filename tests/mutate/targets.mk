# SPDX-License-Identifier: Apache-2.0
#: make mutate       would the tests notice? [FILES=] [N=400] [SEED=1]
#: make mutate-known each change of tests/mutate/known.txt is noticed
mutate-known: all unit
	@B='$(B)' MAKE='$(MAKE)' python3 tests/mutate/mutate.py known

mutate: all unit
	@B='$(B)' MAKE='$(MAKE)' N='$(or $(N),400)' SEED='$(or $(SEED),1)' python3 tests/mutate/mutate.py random $(FILES)

.PHONY: mutate mutate-known
