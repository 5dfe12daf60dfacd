# SPDX-License-Identifier: Apache-2.0
# The short form of make check-oci-peers.
load helper

# bats test_tags=slow
@test "images made by umoci and saved by skopeo in every format have the digests they say" {
	need skopeo umoci
	cd "$TOP"
	run -0 tests/oci/peers.sh short
	[[ $output == *"18 digests agree with skopeo and umoci" ]]
}
