#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Format, shell and manual pages. Each complaint is printed; exit 1 if any.
set -u
cd "$(dirname "$0")/.." || exit 4
sh tests/deps.sh lint || exit 4
bad=0
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror || bad=1
git ls-files '*.sh' .ci/run | xargs shellcheck -S warning -e SC1091,SC2034,SC2154 || bad=1
git ls-files '*.bats' '*.bash' | xargs shellcheck -S error -s bash || bad=1
for m in docs/*.[1-9]; do
	[ ! -e "$m" ] || mandoc -Tlint -W warning "$m" || bad=1
done
exit $bad
