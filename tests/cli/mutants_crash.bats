# SPDX-License-Identifier: Apache-2.0
# The suites must fail against programs that crash: a suite that cannot fail
# proves nothing. mutants.bats has programs that always say yes.
load helper
load mutants

# bats test_tags=slow
@test "every suite fails against programs that crash" {
	fake 'kill -SEGV $$'
	each_suite_fails
}
