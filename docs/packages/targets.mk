# SPDX-License-Identifier: Apache-2.0
#: make deb          Debian packages of the current commit, in build/deb; MAINTAINER="NAME <ADDRESS>"
#: make image        a container image of static programs, without a daemon or root, in build/image (network)
#: make release KEY=key.pem    all of it with digests, a bill of materials (SPDX) and a signed statement, in build/release
#: make reproduce RELEASE=DIR  build a release again from its tarball and compare; KEY=key.pub: who signed it

deb: deps-deb
	@tarball=$$(sh tests/dist.sh refval-$(VERSION)) && $(if $(MAINTAINER),MAINTAINER=$(call quoted,$(MAINTAINER)) )sh docs/packages/debian.sh build "$$tarball" build/deb

image: deps-image
	@tarball=$$(sh tests/dist.sh refval-$(VERSION)) && sh docs/packages/image.sh build "$$tarball" build/image

# The key is a file that is named, never one that is made.
release: deps-deb deps-image deps-release $(B)/bin/refval-publish
	@PUBLISH='$(CURDIR)/$(B)/bin/refval-publish' $(if $(MAINTAINER),MAINTAINER=$(call quoted,$(MAINTAINER))) \
		sh docs/packages/release.sh make refval-$(VERSION) build/release $(if $(KEY),$(call quoted,$(KEY)))

reproduce: deps-deb deps-image deps-release
	$(if $(RELEASE),,@echo 'reproduce: RELEASE=FOLDER [KEY=key.pub]' >&2; exit 2)
	@$(if $(MAINTAINER),MAINTAINER=$(call quoted,$(MAINTAINER))) sh docs/packages/release.sh reproduce $(call quoted,$(RELEASE)) \
		$(if $(KEY),$(call quoted,$(KEY)))

.PHONY: deb image release reproduce
