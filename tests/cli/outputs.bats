# SPDX-License-Identifier: Apache-2.0
# What commands say of records, captures and documents, whole and to the byte:
# tests/outputs/PROGRAM[-OF].txt, which `make outputs` writes anew.
load helper

# same PROGRAM: each command of its file says what the file has.
same() {
	sh "$TESTS/outputs/play.sh" --check "$TESTS/outputs/$1.txt" > "$BATS_TEST_TMPDIR/diff" || {
		head -n 60 "$BATS_TEST_TMPDIR/diff"
		echo "wanted so? make outputs"
		return 1
	}
}

@test "outputs: refval-acpi" { same acpi; }
@test "outputs: refval-diff" { same diff; }
@test "outputs: refval-gpu" { same gpu; }
@test "outputs: refval-hash" { same hash; }
@test "outputs: refval-hash of images" { same hash-images; }
@test "outputs: refval-measure" { same measure; }
@test "outputs: refval-publish" { same publish; }
@test "outputs: refval-quote" { same quote; }
@test "outputs: refval-releases" { same releases; }
@test "outputs: refval-replay" { same replay; }
@test "outputs: refval-snp" { same snp; }
@test "outputs: refval-unpack" { same unpack; }
@test "outputs: refval-verify" { same verify; }
@test "outputs: refval, each tool by its name" { same refval; }

@test "outputs: every file of commands is one of these" {
	for f in "$TESTS"/outputs/*.txt; do
		grep -q "{ same $(basename "$f" .txt); }" "$BATS_TEST_FILENAME"
	done
}
