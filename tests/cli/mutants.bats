# SPDX-License-Identifier: Apache-2.0
# The suites must fail against programs that always say yes: a suite that cannot
# fail proves nothing. mutants_crash.bats has programs that crash.
load helper
load mutants

# bats test_tags=slow
@test "every suite fails against programs that always say yes" {
	fake 'exit 0'
	each_suite_fails
}
