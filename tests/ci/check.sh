#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The steps of each workflow in docs/ci, read out of it by a YAML parser and run as
# they stand, in a pristine Debian as root: for a repository that is the auditor's
# template, with this commit as REFVAL_COMMIT. Then with another app-compose.json:
# red, with the reason.
# usage: check.sh
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends python3-yaml > /dev/null 2>&1 || { echo "cannot install python3-yaml"; exit 4; }
git config --global --add safe.directory '*'
commit=$(git rev-parse HEAD)
for forge in github gitlab forgejo; do
	rm -rf /tmp/job /tmp/refval /tmp/prefix
	mkdir -p /tmp/job/temp
	cp -R docs/auditor-template /tmp/job/audit
	# One line of the shell for each command of the job.
	python3 - docs/ci/$forge.yml > /tmp/job/steps <<- 'PY'
		import sys, yaml
		w = yaml.safe_load(open(sys.argv[1]))
		assert w[True if True in w else "variables"], "no trigger"
		job = w["refval"] if "refval" in w else w["jobs"]["verify"]
		if "script" in job:
		    steps = job["before_script"] + job["script"]
		    names = w["variables"]
		else:
		    steps = [s["run"] for s in job["steps"] if "run" in s]
		    names = w["env"]
		assert set(names) == {"REFVAL_URL", "REFVAL_COMMIT"}, names
		print("set -e")
		print("\n".join(steps))
	PY
	job() {
		(cd /tmp/job/audit && env REFVAL_URL="$top" REFVAL_COMMIT="$commit" RUNNER_TEMP=/tmp/job/temp \
			GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=/tmp/job/summary sh "$1")
	}
	job /tmp/job/steps > /tmp/job/log 2>&1 || { tail -n 20 /tmp/job/log; exit 1; }
	grep -qx '## refval: yes' /tmp/job/summary
	sed -i 's/launcher/lauNcher/' /tmp/job/audit/app-compose.json
	tail -n 1 /tmp/job/steps > /tmp/job/last
	status=0
	job /tmp/job/last > /tmp/job/log 2>&1 || status=$?
	[ $status = 1 ] || { tail -n 20 /tmp/job/log; exit 1; }
	echo "$forge: $(tail -n +3 /tmp/job/summary | grep -A 2 '^## refval: no' | tail -n 1)"
done
