# SPDX-License-Identifier: Apache-2.0
#: make deb          Debian packages of the current commit, in build/deb; MAINTAINER="NAME <ADDRESS>"

deb: deps-deb
	@tarball=$$(sh tests/dist.sh refval-$(VERSION)) && $(if $(MAINTAINER),MAINTAINER=$(call quoted,$(MAINTAINER)) )sh docs/packages/debian.sh build "$$tarball" build/deb

.PHONY: deb
