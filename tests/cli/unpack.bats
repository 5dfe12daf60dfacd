# SPDX-License-Identifier: Apache-2.0
# refval-unpack: every layout, every way an image can be wrong, and what is
# left behind.
load helper

MAKE=$TESTS/tools/make-image.py
U=$BIN/refval-unpack

setup() {
	need python3 jq zstd xz
	# bats leaves files of its own in the folder it gives us.
	mkdir "$BATS_TEST_TMPDIR/w"
	cd "$BATS_TEST_TMPDIR/w" || return
}

# Every layout is made once, by one python.
setup_file() {
	mkdir "$BATS_FILE_TMPDIR/layouts"
	python3 "$MAKE" --list-layouts | sed "s|.*|--layout & --out '$BATS_FILE_TMPDIR/layouts/&'|" | python3 "$MAKE" --each
}

# make ARGUMENT...: an image; one that has nothing of its own is there already.
make() {
	case $#:$1:${3:-} in
	4:--layout:--out) cp "$BATS_FILE_TMPDIR/layouts/$2" "$4" ;;
	*) python3 "$MAKE" "$@" ;;
	esac
}

# field FILTER: of the JSON document in $output
field() { jq -r "$1" <<< "$output"; }

# What sha256sum says of sha256sum.txt, taken out by tar alone.
hash_by_tools() { tar -xOf "$1" --wildcards '*sha256sum.txt' | sha256sum | cut -d' ' -f1; }

# bats test_tags=slow
@test "every layout with an os_image_hash: the one that tar and sha256sum give" {
	for l in 0.5.1 0.5.8 0.5.11 mr mr-dot 0.6.0.a1 0.6 0.6-uki; do
		make --layout $l --out $l.tar.gz
		run -0 --separate-stderr "$U" --json $l.tar.gz
		[ -z "$stderr" ]
		[ "$(field .schema)" = refval.unpack/1 ]
		[ "$(field .os_image_hash)" = "$(hash_by_tools $l.tar.gz)" ]
		run -0 --separate-stderr "$U" $l.tar.gz
		[[ $output == *"os_image_hash"*"$(hash_by_tools $l.tar.gz)"* ]]
	done
}

# bats test_tags=slow
@test "images up to 0.5.0 have none, and the answer says why" {
	for l in 0.3.2 0.3.5 0.3.6 0.4.0 0.4.2 0.5.0; do
		make --layout $l --out $l.tar.gz
		run -0 --separate-stderr "$U" --json $l.tar.gz
		[ "$(field .os_image_hash)" = null ]
		[ "$(field .os_image_hash_reason)" = "images up to 0.5.0 have no os_image_hash" ]
	done
	for l in 0.3.1 0.6-uki-a1; do
		make --layout $l --out $l.tar.gz
		run -0 --separate-stderr "$U" --json $l.tar.gz
		[ "$(field .os_image_hash)" = null ]
		[ "$(field .os_image_hash_reason)" = "the image has no sha256sum.txt" ]
	done
}

# bats test_tags=slow
@test "the version decides whether there is a hash; without a number the layout" {
	make --layout 0.5.8 --out a --version 0.5.0
	run -0 --separate-stderr "$U" --json a
	[ "$(field .os_image_hash)" = null ]
	[ "$(field .version)" = 0.5.0 ]
	versions="0.5.0.1 0.5.1 0.10.0 1.0 main 0.6.0.b2"
	printf -- '--layout 0.5.8 --version %s --out a\n' $versions | sed 's/version \([^ ]*\) .*/&-\1/' | make --each
	for v in $versions; do
		run -0 --separate-stderr "$U" --json "a-$v"
		[ "$(field .os_image_hash)" = "$(hash_by_tools "a-$v")" ]
	done
	make --layout 0.5.0 --out a --version nightly
	run -0 --separate-stderr "$U" --json a
	[ "$(field .os_image_hash)" = null ]
}

@test "sizes and digests of the files are those of tar and sha256sum" {
	make --layout 0.6 --out a
	mkdir x && tar -C x -xf a
	run -0 --separate-stderr "$U" --json a
	[ "$(field '.files | length')" = 14 ]
	while read -r name size sha256 sha384; do
		[ "$size" = "$(stat -c %s "x/dstack-test/$name")" ]
		case $name in
		rootfs*) [ "$sha256" = null ] ;;
		*) [ "$sha256" = "$(sha256sum < "x/dstack-test/$name" | cut -d' ' -f1)" ] ;;
		esac
		case $name in
		initramfs*) [ "$sha384" = "$(sha384sum < "x/dstack-test/$name" | cut -d' ' -f1)" ] ;;
		*) [ "$sha384" = null ] ;;
		esac
	done < <(field '.files[] | "\(.name) \(.size) \(.sha256) \(.sha384)"')
	[ "$(field .metadata.cmdline)" = "$(jq -r .cmdline x/dstack-test/metadata.json)" ]
	[ "$(field '.metadata["bios-sev"]')" = ovmf-sev.fd ]
	[ "$(field .metadata.is_dev)" = false ]
	[ "$(field .metadata.rootfs_hash)" = null ]
	[ "$(field .name)" = dstack-test ]
	[ "$(field .version)" = 0.6.0 ]
}

@test "a cloud disk has no metadata, and its list names files of the other archive" {
	make --layout 0.6-uki --out a
	run -0 --separate-stderr "$U" --json a
	[ "$(field .metadata)" = null ]
	[ "$(field .version)" = null ]
	[ "$(field '.checks[] | select(.check == "checksums") | .verdict + ": " + .detail')" = \
		"unchecked: sha256sum.txt, but for files not here" ]
}

@test "the last line names what nothing here checks" {
	last() {
		make --layout "$1" --out a
		run -0 --separate-stderr "$U" a
		[[ ${lines[-1]} == $2 ]]
	}
	last 0.6-uki "verdict      yes: the image is whole, os_image_hash [0-9a-f]*; not checked: disk.raw"
	last 0.5.8 "verdict      yes: the image is whole, os_image_hash [0-9a-f]*; not checked: rootfs.img.verity"
	last 0.6 "verdict      yes: the image is whole, os_image_hash [0-9a-f]*; not checked: rootfs.img.parted.verity"
	last 0.5.0 "verdict      yes: its files are as listed; images up to 0.5.0 have no os_image_hash"
	last 0.3.1 "verdict      yes: its files can be read; the image has no sha256sum.txt: nothing lists them"
}

@test "what is not checked is said to be unchecked" {
	make --layout 0.5.8 --out a
	run -0 --separate-stderr "$U" --json a
	[ "$(field '[.checks[] | .check + " " + .verdict] | join(", ")')" = \
		"container yes, metadata yes, checksums yes, digest yes, rootfs unchecked, documents unchecked" ]
	make --layout 0.5.0 --out a --compress none
	run -0 --separate-stderr "$U" --json a
	[ "$(field '[.checks[] | .check + " " + .verdict] | join(", ")')" = \
		"container unchecked, metadata yes, checksums yes, digest unchecked, rootfs yes, documents unchecked" ]
}

# bats test_tags=slow
@test "gzip, xz, zstd, plain tar, standard input and a folder say the same" {
	make --layout 0.5.8 --out a.gz
	"$U" --json a.gz | jq 'del(.container, .checks[0])' > want
	[ -s want ]
	printf -- '--layout 0.5.8 --compress %s --out a.%s\n' xz xz zst zst none none | make --each
	for c in xz zst none; do
		"$U" --json a.$c | jq 'del(.container, .checks[0])' | cmp - want
	done
	"$U" --json - < a.gz | jq 'del(.container, .checks[0])' | cmp - want
	cat a.xz | "$U" --json - | jq 'del(.container, .checks[0])' | cmp - want
	make --layout 0.5.8 --dir dstack-test
	"$U" --json dstack-test/ | jq 'del(.container, .checks[0]) | .files |= sort_by(.name)' |
		cmp - <(jq '.files |= sort_by(.name)' want)
	make --layout 0.5.8 --out a.gz
	run -0 --separate-stderr "$U" --json a.gz
	[ "$(field .container)" = gzip ]
}

@test "the order of the members does not matter" {
	for o in rootfs.img.verity,sha256sum.txt,digest.txt,bzImage,ovmf.fd,initramfs.cpio.gz,metadata.json \
		metadata.json,sha256sum.txt,initramfs.cpio.gz,ovmf.fd,bzImage,digest.txt,rootfs.img.verity; do
		make --layout 0.5.8 --out a --order $o
		run -0 --separate-stderr "$U" --json a
		[ "$(field .os_image_hash)" = "$(hash_by_tools a)" ]
		[ "$(field '[.files[].name] | join(",")')" = $o ]
	done
}

@test "a root file system that is listed is hashed, also when the list comes last" {
	make --layout 0.5.0 --out a --order rootfs.img.verity,ovmf.fd,bzImage,initramfs.cpio.gz,metadata.json,md5sum.txt,sha256sum.txt
	for how in a -; do
		run -0 --separate-stderr "$U" --json $how < a
		[ "$(field '.files[0].name + " " + (.files[0].listed | tostring)')" = "rootfs.img.verity true" ]
		[ "$(field '.files[0].sha256')" = "$(tar -xOf a dstack-test/rootfs.img.verity | sha256sum | cut -d' ' -f1)" ]
	done
}

@test "parts may have other names when metadata.json says so" {
	make --layout 0.5.8 --dir d
	mv d/bzImage d/vmlinuz
	mv d/initramfs.cpio.gz d/initrd
	jq '.kernel = "vmlinuz" | .initrd = "initrd"' d/metadata.json > m
	mv m d/metadata.json
	(cd d && sha256sum ovmf.fd vmlinuz initrd metadata.json > sha256sum.txt &&
		sha256sum sha256sum.txt | cut -d' ' -f1 > digest.txt)
	run -0 --separate-stderr "$U" --json d
	[ "$(field '.files[] | select(.name == "initrd").sha384')" = "$(sha384sum < d/initrd | cut -d' ' -f1)" ]
	# Behind the parts in an archive: a file is read again, a pipe cannot be.
	tar -C d -czf a initrd vmlinuz metadata.json ovmf.fd sha256sum.txt digest.txt
	run -0 --separate-stderr "$U" --json a
	[ "$(field '.files[] | select(.name == "initrd").sha384')" = "$(sha384sum < d/initrd | cut -d' ' -f1)" ]
	run -3 --separate-stderr "$U" --json - < a
	[[ $stderr == *"give the archive as a file"* ]]
	no_result
}

# bats test_tags=slow
@test "every bad image is refused: exit 3, one sentence, nothing on stdout" {
	make --all-bad bad
	n=0
	make --list-bad > ../list
	while IFS=$'\t' read -r reason says; do
		code=0
		"$U" --to "to-$reason" "bad/$reason" >> ../said 2> ../stderr || code=$?
		[ "$code" = 3 ] || { echo "$reason: exit $code"; false; }
		mapfile -t stderr_lines < ../stderr
		[ "${#stderr_lines[@]}" = 1 ]
		[[ ${stderr_lines[0]} == "refval-unpack: bad/$reason: "*"$says"* ]] || { echo "$reason: ${stderr_lines[0]}"; false; }
		n=$((n + 1))
	done < ../list
	[ "$n" -ge 100 ] && [ ! -s ../said ]
	# Nothing was left behind, not even for a moment too long.
	[ "$(ls -A)" = bad ]
}

# bats test_tags=slow
@test "an archive cut or damaged anywhere is refused" {
	make --layout 0.5.8 --out a
	python3 - <<- 'EOF'
		b = open("a", "rb").read()
		# The header's time, extra flags and system are what no check covers.
		for at in list(range(4)) + list(range(10, len(b), len(b) // 40)) + [len(b) - 1]:
		    open("cut.%d" % at, "wb").write(b[:at])
		    open("flip.%d" % at, "wb").write(b[:at] + bytes([b[at] ^ 0x20]) + b[at + 1:])
	EOF
	n=0
	for f in cut.* flip.*; do
		code=0
		"$U" --json "$f" >> said 2> stderr || code=$?
		[ "$code" = 3 ]
		mapfile -t stderr_lines < stderr
		[ "${#stderr_lines[@]}" = 1 ]
		n=$((n + 1))
	done
	[ "$n" -gt 80 ]
	# Nothing, or why there is no result.
	jq -e -n '[inputs.schema] | all(. == "refval.error/1")' said
}

@test "several gzip members are one stream (RFC 1952, 2.2)" {
	make --layout 0.5.8 --out a --compress none
	{
		head -c 70000 a | gzip -n
		gzip -n < /dev/null
		tail -c +70001 a | gzip -n
	} > b
	run -0 --separate-stderr "$U" --json b
	[ "$(field .os_image_hash)" = "$(hash_by_tools a)" ]
}

@test "a folder: links, folders, pipes and foreign names are refused" {
	make --layout 0.5.8 --dir d
	ln -s /etc/passwd d/link
	run -3 --separate-stderr "$U" d
	[ "$stderr" = "refval-unpack: d: link: a link" ]
	rm d/link && mkdir d/sub
	run -3 --separate-stderr "$U" d
	[ "$stderr" = "refval-unpack: d: sub: a folder inside the image" ]
	rmdir d/sub && mkfifo d/pipe
	run -3 --separate-stderr "$U" d
	[ "$stderr" = "refval-unpack: d: pipe: not a plain file" ]
	rm d/pipe && touch "d/a b"
	run -3 --separate-stderr "$U" d
	[ "$stderr" = "refval-unpack: d: a b: not a plain name" ]
	rm "d/a b" && touch d/extra
	run -3 --separate-stderr "$U" d
	[ "$stderr" = "refval-unpack: d: extra: not listed in sha256sum.txt" ]
	rm d/extra && printf x >> d/bzImage
	run -3 --separate-stderr "$U" d
	[[ $stderr == "refval-unpack: d: bzImage: sha256 is "*", sha256sum.txt says "* ]]
}

@test "wrong use and a missing file are exit 2" {
	run -2 --separate-stderr "$U"
	run -2 --separate-stderr "$U" a b
	run -2 --separate-stderr "$U" --to x --to y a
	run -2 --separate-stderr "$U" absent
	[ "${stderr_lines[0]}" = "refval-unpack: absent: No such file or directory" ]
}

@test "--to writes the files, flat, all modes 0644, the same bytes" {
	make --layout 0.6 --out a
	umask 077
	run -0 --separate-stderr "$U" --json --to out a
	mkdir x && tar -C x -xf a
	diff -r out x/dstack-test
	[ "$(find out -type f -printf '%m\n' | sort -u)" = 644 ]
	[ "$(stat -c %a out)" = 755 ]
	[ "$(ls -A)" = "$(printf 'a\nout\nx')" ]
	# What was unpacked is an image again.
	first=$(field .os_image_hash)
	run -0 --separate-stderr "$U" --json --to again out
	[ "$(field .os_image_hash)" = "$first" ]
	# Its root file system, which nothing here hashes, is whole as well.
	[ "$(field '.files[] | select(.name | startswith("rootfs")) | .sha256')" = null ]
	diff -r out again
}

@test "--to takes an empty folder, and no other place" {
	make --layout 0.5.8 --out a
	mkdir empty && "$U" --to empty/ a > /dev/null
	[ "$(find empty -type f | wc -l)" = 7 ]
	run -4 --separate-stderr "$U" --to empty a
	[ "$stderr" = "refval-unpack: --to: empty: Directory not empty" ]
	touch file && ln -s empty link
	run -4 --separate-stderr "$U" --to file a
	run -4 --separate-stderr "$U" --to link a
	run -4 --separate-stderr "$U" --to no/such a
	for d in . .. / empty/..; do
		run -2 --separate-stderr "$U" --to $d a
	done
	[ "$(ls -A)" = "$(printf 'a\nempty\nfile\nlink')" ]
}

# bats test_tags=slow
@test "killed at any moment, --to leaves DIR absent or whole; the next run tidies up" {
	need strace
	make --layout 0.5.0 --out a
	for call in mkdirat fchmod fsync linkat renameat; do
		for n in 1 2 5; do
			rm -rf out
			strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
				"$U" --to out a > /dev/null 2>&1 || true
			if [ -e out ]; then
				[ "$(find out -type f | wc -l)" = 7 ]
			else
				[ "$(ls -A)" = a ] || [ "$(ls -A)" = "$(printf '.out.refval-unpack\na')" ]
			fi
			rm -rf out
			"$U" --to out a > /dev/null
			[ "$(ls -A)" = "$(printf 'a\nout')" ]
			"$U" out > /dev/null
		done
	done
}

@test "a disk that is full, and a folder that cannot be renamed: exit 4, nothing left" {
	need strace
	need_uncounted
	make --layout 0.5.8 --out a
	# However many files the loader opens: none after those.
	opens=$(strace -qq -e trace=openat "$U" --help 2>&1 > /dev/null | grep -c openat)
	for n in 1 2 3 4 5 6; do
		run -4 strace -qq -o /dev/null -e trace=openat -e inject=openat:error=EMFILE:when=$((opens + n)) "$U" --to out a
		[[ $output == *": Too many open files" ]]
		[ "$(ls -A)" = a ]
	done
	for fault in write:error=ENOSPC:when=3 fsync:error=EIO:when=2 linkat:error=EIO:when=3 renameat:error=EACCES mkdirat:error=EROFS; do
		run strace -qq -o /dev/null -e trace="${fault%%:*}" -e inject="$fault" "$U" --to out a
		[ "$status" = 4 ] || { echo "$fault: $status $output"; false; }
		[ "$(ls -A)" = a ]
	done
}

# first_of_two COMMAND...: it reads a pipe, which stands still while another run does the same.
first_of_two() {
	mkfifo pipe
	zcat a > a.tar
	"$@" --to out - < pipe > /dev/null 2> stderr &
	exec 7> pipe
	head -c 100000 a.tar >&7
}

@test "two runs at once: the one that is ready first has the place" {
	make --layout 0.5.8 --out a
	first_of_two "$U"
	run -0 "$U" --to out a
	tail -c +100001 a.tar >&7 || true
	exec 7>&-
	status=0
	wait $! || status=$?
	[ "$status" = 4 ]
	[ "$(cat stderr)" = "refval-unpack: --to: out: Directory not empty" ]
	[ "$(ls -A)" = "$(printf 'a\na.tar\nout\npipe\nstderr')" ]
	run -0 "$U" out
}

@test "two runs at once where files cannot be without a name: the second is refused, the first is not disturbed" {
	need strace
	make --layout 0.5.8 --out a
	first_of_two strace -qq -o /dev/null -e trace=openat -e "$(no_nameless "$U" --to other - < a)" "$U"
	for _ in {1..100}; do
		[ -s .out.refval-unpack/bzImage ] && break
		sleep 0.05
	done
	run -4 --separate-stderr strace -qq -o /dev/null -e trace=openat -e "$(no_nameless "$U" --to other2 a)" "$U" --to out a
	[ "$stderr" = "refval-unpack: --to: out: another run is filling it" ]
	tail -c +100001 a.tar >&7
	exec 7>&-
	wait $!
	[ "$(find out -type f | wc -l)" = 7 ]
}

@test "an answer that cannot be written is exit 4" {
	make --layout 0.5.8 --out a
	run -4 bash -c '"$1" --json a > /dev/full' - "$U"
	run -4 bash -c '"$1" a > /dev/full' - "$U"
}

@test "the same bytes twice" {
	make --layout 0.6 --out a
	"$U" --json a > one
	"$U" --json a > two
	[ -s one ]
	cmp one two
}
