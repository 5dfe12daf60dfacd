#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Would the tests notice? One change of the code at a time, until a test fails.

  mutate.py known                 the changes of known.txt: each must be noticed
  mutate.py quick                 each second one of them, by unit programs
  mutate.py random [FILE...]      N=400 SEED=1: drawn from the security folders;
                                  SUITE=quote,diff: only these bats files;
                                  SUITE=none: no bats files
  mutate.py equal SEED FILE:LINE  that survivor changes nothing (looked at)

Run by `make mutate-known` and `make mutate` in the top folder, which has been
built. A mutant is one object, one link for each test that runs the line; the
first failure ends it. Results go to $B-mutate/results-SEED.jsonl; a run that
was stopped goes on where it was, and one with more tests (a longer SUITE, a
higher SECONDS_MOST) asks them about the survivors. In the environment, too:
  JOBS=2           as many mutants at once; one for each core
  SECONDS_EACH=120 a test that takes longer has noticed
  SECONDS_MOST=    tests (of a bats file each) that took longer are not asked
  ROUNDS=30        damaged copies of each seed of a fuzzer
"""
import collections
import concurrent.futures
import functools
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import operators

B = os.environ.get('B', 'build')
WORK = B + '-mutate'
MAKE = os.environ.get('MAKE', 'make').split()[0]
HERE = os.path.dirname(os.path.abspath(__file__))
SECURITY = ['quote', 'diff', 'bind', 'evidence', 'replay', 'publish', 'verify',
            'base', 'door', 'unpack', 'image', 'measure', 'compose', 'gpu']
# They build, install or judge trees: a changed archive beside them is not seen.
NOT_OF_THE_CODE = ['build', 'install', 'library', 'mutants', 'mutants_crash', 'mutate', 'nix', 'repro', 'runner',
                   'outputs']  # whose files are asked one by one
# Each allocation of a whole verdict fails in it: too long to be asked of each mutant.
TOO_LONG = ['unit:verify_inject']
# Their own time, twice, is most of what `quick` takes.
NOT_QUICK = ['unit:gpu', 'unit:image_inject']
SECONDS = int(os.environ.get('SECONDS_EACH', '120'))
MOST = float(os.environ.get('SECONDS_MOST') or 'inf')
ROUNDS = os.environ.get('ROUNDS', '30')
CORES = int(os.environ.get('JOBS') or len(os.sched_getaffinity(0)))


def work():
    """The folder of all that is made here. Programs find the records in
    ../../images, as in the source tree."""
    os.makedirs(WORK, exist_ok=True)
    if not os.path.lexists(WORK + '/images'):
        os.symlink(os.path.abspath('images'), WORK + '/images')


def fail(sentence):
    sys.exit('mutate: ' + sentence)


def run(command, seconds=300, env=None, cwd=None):
    """(status, output); 124 when it took too long."""
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                         env=env, cwd=cwd, start_new_session=True)
    try:
        out = p.communicate(timeout=seconds)[0]
        return p.returncode, out.decode('utf8', 'replace')
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        return 124, p.communicate()[0].decode('utf8', 'replace')


def until_failure(command, seconds, env):
    """(status, line): of the first test of TAP that failed, and no other is waited for; 124 when it took too long."""
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                         env=env, start_new_session=True, text=True, errors='replace')
    late = []

    def end():
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    timer = threading.Timer(seconds, lambda: (late.append(1), end()))
    timer.start()
    bad = next((l.strip() for l in p.stdout if l.startswith('not ok')), None)
    if bad:
        end()
    status = p.wait()
    timer.cancel()
    return (124 if late else 1 if bad else status), bad


@functools.lru_cache(None)
def commands():
    """What make would run to make everything anew, by what it makes: the flags are the Makefile's own."""
    out = subprocess.run([MAKE, '-n', '-B', 'V=1', '--no-print-directory', 'B=' + B, 'all', 'unit'],
                         capture_output=True, text=True, env={k: v for k, v in os.environ.items() if not k.startswith('MAKE')})
    made = re.compile(r' -o (%s/\S+) ' % re.escape(B))
    found = ((made.search(line), line) for line in out.stdout.replace('\\\n', ' ').splitlines())
    return {m.group(1): line for m, line in found if m}


def command(target):
    return commands().get(target) or fail('make does not say how %s is made' % target)


def program_of(test, folder, rounds):
    """What runs a test; its own program, if it is one, is in this folder."""
    kind, name = test.split(':')
    if kind == 'bats':
        return ['bats', '--tap', 'tests/cli/%s.bats' % name]
    if kind == 'outputs':
        return ['sh', 'tests/outputs/play.sh', '--check', 'tests/outputs/%s.txt' % name]
    seeds = ['tests/fuzz/seeds.sh', name]
    return ['%s/%s/%s' % (folder, kind, name)] + (
        [rounds] + subprocess.check_output(seeds, text=True).split() if kind == 'fuzz' else [])


def these(names):
    """What has bats run the tests of these names, as they are written in the file, alone."""
    plain = (n.replace('\\"', '"').replace('\\$', '$') for n in names)
    return ['-f', '^(%s)$' % '|'.join(re.sub(r'([][\\.^$*+?(){}|])', r'\\\1', n) for n in plain)]


once = threading.Lock()


@functools.lru_cache(None)
def test_object(compiler, source):
    """A test's own source, compiled as it is in the command that links it."""
    out = '%s/objects/%s.o' % (WORK, source.replace('/', '.'))
    os.makedirs(os.path.dirname(out), exist_ok=True)
    status, said = run(['sh', '-c', '%s -c -o %s %s' % (compiler, out, source)])
    return out if status == 0 else fail(said[-400:])


class Bench:
    """A worker's own objects, and the programs linked with them. @flags: these, too, behind make's."""

    def __init__(self, number, flags=''):
        self.flags = flags
        self.dir = '%s/%d' % (WORK, number)
        shutil.rmtree(self.dir, ignore_errors=True)
        for d in ('bin', 'unit', 'fuzz'):
            os.makedirs(self.dir + '/' + d)
        self.env = dict(os.environ, LC_ALL='C.UTF-8', CMOCKA_MESSAGE_OUTPUT='TAP', TMPDIR=os.path.abspath(self.dir),
                        MALLOC_PERTURB_='165', BIN=os.path.abspath(self.dir + '/bin'))

    def compile(self, mutant, text):
        """The object of the changed file. Not None: why there is none that is another."""
        path = mutant['file']
        obj = '%s/%s.o' % (B, path[:-2])
        line = command(obj)
        copy = '%s/%s' % (self.dir, os.path.basename(path))
        with open(copy, 'w') as f:
            f.write('#line 1 "%s"\n%s' % (path, text))
        # Headers beside the file are found from where it was.
        line = line.replace(' -o %s' % obj, ' -w -I%s%s -o %s/m.o' % (os.path.dirname(path), self.flags, self.dir))
        line = line[:line.rindex(path)] + copy + line[line.rindex(path) + len(path):]
        line = re.sub(r' -MMD| -MP| -Werror', '', line)
        if run(['sh', '-c', line], env=self.env)[0] != 0:
            return 'no-compile'
        if 'name' not in mutant and open(self.dir + '/m.o', 'rb').read() == self.plain(path, line, copy):
            return 'same-object'
        self.changed = True
        self.linked = False  # the programs that bats files run
        return None

    def plain(self, path, line, copy):
        """The object without the change, by the same command."""
        with open(copy, 'w') as f:
            f.write('#line 1 "%s"\n%s' % (path, open(path).read()))
        run(['sh', '-c', line.replace('/m.o', '/p.o')], env=self.env)
        return open(self.dir + '/p.o', 'rb').read()

    def link(self, target):
        """
        build/unit/x and the like, with the changed object, which stands before
        the archives: theirs is not taken. A program that does not have it
        cannot always be linked with it (no libcurl), and then is as it was.
        """
        own = target.replace(B, self.dir, 1)
        line = re.sub(r' -MMD| -MP', '', command(target).replace(' -o %s ' % target, ' -o %s ' % own))
        line = line.replace(' -o ', ' -Wl,--strip-debug -o ', 1)
        compiler = line[:line.index(' -o ')] + self.flags
        with once:
            line = re.sub(r'(?<= )tests/\S+\.c(?= )', lambda m: test_object(compiler, m.group()), line)
        changed = line.replace(' %s/lib/lib' % B, ' %s/m.o %s/lib/lib' % (self.dir, B), 1)
        if self.changed and run(['sh', '-c', changed])[0] == 0:
            return
        status, out = run(['sh', '-c', line])
        if status:
            fail('%s: %s' % (target, out[-400:]))

    def notices(self, test, seconds, parts=None):
        """The first failure of one test file, or None. @parts: of bats, only the tests of these names."""
        kind, name = test.split(':')
        if kind in ('unit', 'fuzz'):
            self.link('%s/%s/%s' % (B, kind, name))
        elif kind == 'outputs' and name != 'refval':
            self.link('%s/bin/refval-%s' % (B, name.split('-')[0]))
        elif not self.linked:
            for p in glob.glob(B + '/bin/*'):
                self.link(p)
            self.linked = True
        command = program_of(test, self.dir, ROUNDS)
        if kind == 'bats' and parts:
            command[1:1] = these(parts)
        status, bad = until_failure(command, seconds, self.env)
        for left in glob.glob(self.dir + '/bats-run-*'):
            shutil.rmtree(left, ignore_errors=True)
        return None if status == 0 else '%s: %s' % (test, bad or 'ended with status %d' % status)

    def control(self, test):
        """A test that fails without any change notices nothing."""
        self.changed = self.linked = False
        return self.notices(test, 600)

    def judge(self, mutant, tests, seconds):
        """How the tests take it: killed by, survived, not covered, or no mutant at all."""
        text = open(mutant['file']).read()
        changed = text[:mutant['start']] + mutant['new'] + text[mutant['end']:]
        result = self.compile(mutant, changed)
        if result:
            return result
        for t, parts in tests:
            found = self.notices(t, seconds, parts)
            mutant.setdefault('asked', []).append(t)
            if found:
                return 'killed by ' + found
        return 'survived' if mutant.get('asked') else 'not covered'


# ---- the known ones ----

def known():
    """Blocks of known.txt, as mutants with the tests that must notice."""
    out, block = [], None
    for n, line in enumerate(open(HERE + '/known.txt'), 1):
        line = line.rstrip('\n')
        if not line or line.startswith('#'):
            block = None
        elif block is None:
            block = dict(file=line, at=n, old=[], new=[], tests=[])
            out.append(block)
        elif line[:2] in ('- ', '+ '):
            block['old' if line[0] == '-' else 'new'].append(line[2:])
        elif line.startswith('! '):
            block['tests'] += line[2:].split()
        else:
            fail('known.txt:%d: neither a file nor - + !' % n)
    wrong = []
    for b in out:
        text = open(b['file']).read() if os.path.exists(b['file']) else ''
        words = r'\s+'.join(re.escape(w) for w in ' '.join(b['old']).split())
        found = list(re.finditer(words, text))
        if len(found) != 1 or not b['tests']:
            wrong.append('known.txt:%d: %s has this code %d times; adapt the list to the code' % (b['at'], b['file'], len(found)))
            continue
        b['start'], b['end'] = found[0].span()
        b['new'] = ' '.join(b['new'])
        b['name'] = '%s:%d: %s' % (b['file'], text.count('\n', 0, b['start']) + 1, b['new'][:60] or 'left out')
    if wrong:
        fail('\n'.join(wrong))
    return out


def each(mutants, judge, flags=''):
    """Judge all, on every core, in order."""
    benches = [Bench(i, flags) for i in range(CORES)]

    def one(m):
        bench = benches.pop()
        try:
            return judge(bench, m)
        finally:
            benches.append(bench)
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        yield from zip(mutants, pool.map(one, mutants))


def check_known(quick):
    bad, mutants = 0, known()
    if quick:
        mutants = mutants[::2]
        for m in mutants:
            m['tests'] = [t for t in m['tests'] if t.startswith('unit:') and t not in NOT_QUICK]
        mutants = [m for m in mutants if m['tests']]
    # What is compiled once and run once need not be fast.
    flags = ' -O0 -g0'
    bench = Bench(0, flags)
    for t in sorted({t for m in mutants for t in m['tests']}):
        found = bench.control(t)
        if found:
            fail('without any change: ' + found)
    print('1..%d' % len(mutants))
    for i, (m, result) in enumerate(each(mutants, lambda b, m: b.judge(m, [(t, None) for t in m['tests']], SECONDS), flags), 1):
        good = result.startswith('killed')
        bad += not good
        print('%sok %d - mutate: %s%s' % ('' if good else 'not ', i, m['name'], '' if good else ' (%s)' % result), flush=True)
    return bad != 0


# ---- random ones ----

def cover(files):
    """
    Which test runs which line, from a build with gcov: kept until the code
    changes. Of a bats file each test is known apart.
    """
    files = files | security()
    state = subprocess.check_output(['git', 'rev-parse', 'HEAD:lib', 'HEAD:cmd', 'HEAD:tests'], text=True).split()
    kept = WORK + '/cover.jsonl'
    done = [json.loads(l) for l in open(kept)] if os.path.exists(kept) else []
    wanted = all_tests()
    tests = {c['test']: c for c in done if c['state'] == state and c['test'] in wanted and
             files <= set(c['files'])}
    left = [t for t in wanted if t not in tests]
    for c in done if not left else []:
        can_count.update({f: int(n, 16) for f, n in c['can'].items() if c['state'] == state})
    if not left:
        return tests
    build = WORK + '/cover'
    status, out = run([MAKE, '-j%d' % CORES, 'B=' + build, 'REPRO=', 'CFLAGS=-O0 --coverage', 'all', 'unit'], 3600)
    if status:
        fail(out[-800:])
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for t, parts in zip(left, pool.map(lambda t: cover_one(build, t, files), left)):
            c = tests[t] = dict(state=state, test=t, files=sorted(files), parts=parts,
                                can={f: '%x' % n for f, n in can_count.items()} if t == left[-1] else {})
            bad = [p['name'] for p in parts if p['status']]
            print('%-32s %6.1f s, %d parts, %d covered for they failed' % (t, sum(p['seconds'] for p in parts), len(parts), len(bad)), flush=True)
            with open(kept, 'a') as f:
                f.write(json.dumps(c) + '\n')
    return tests


def cover_one(build, test, files):
    """The parts of a test file (bats can run each alone) with what each runs: a number for
    each source, in which bit N is line N."""
    kind, name = test.split(':')
    counts = os.path.abspath('%s/counts/%s.%s' % (WORK, kind, name))
    shutil.rmtree(counts, ignore_errors=True)
    up = len([p for p in os.path.abspath(build).split('/') if p])
    env = dict(os.environ, B=build, BIN=os.path.abspath(build + '/bin'), GCOV_PREFIX_STRIP=str(up),
               REFVAL_COUNTS=counts, GCOV_PREFIX=counts + '/0')
    command = program_of(test, build, '2')
    if kind == 'bats':
        command.insert(1, '--timing')
    began = time.time()
    status, out = run(command, 1200, env)
    parts = [dict(name=name, seconds=time.time() - began, status=status)]
    if kind == 'bats':
        ran = {int(m[2]): (m[1] is not None, m[4]) for m in
               re.finditer(r'^(not )?ok (\d+) (.*?)(?: in (\d+)ms)?(?: # skip.*)?$', out, re.M)}
        names = re.findall(r'^@test "(.*)" \{', open('tests/cli/%s.bats' % name).read(), re.M)
        parts = [dict(name=n, seconds=int(ran[i][1] or 0) / 1000 if i in ran else 0,
                      status=i not in ran or ran[i][0]) for i, n in enumerate(names, 1)]
    with once:
        first = lines(build, counts + '/0', files)
        for i, p in enumerate(parts, 1):
            own = lines(build, '%s/%d' % (counts, i), files) if kind == 'bats' else {}
            p['lines'] = {f: '%x' % (first.get(f, 0) | own.get(f, 0)) for f in first.keys() | own.keys()}
    shutil.rmtree(counts, ignore_errors=True)
    return parts


def all_tests():
    bats = [os.path.basename(f)[:-5] for f in sorted(glob.glob('tests/cli/*.bats'))]
    suite = re.findall(r'[^\s,]+', os.environ.get('SUITE', ''))
    units = ['unit:' + os.path.basename(f)[:-2] for f in sorted(glob.glob('tests/unit/*.c'))]
    return ([t for t in units if t not in TOO_LONG] +
            ['fuzz:' + os.path.basename(f)[:-2] for f in sorted(glob.glob('tests/fuzz/fuzz_*.c'))] +
            ['outputs:' + os.path.basename(f)[:-4] for f in sorted(glob.glob('tests/outputs/*.txt'))] +
            ['bats:' + f for f in bats if (f in suite if suite else f not in NOT_OF_THE_CODE)])


can_count = {}


def lines(build, counts, files):
    """What was counted there, by file: bit N is line N. Lines that can be counted are kept in can_count."""
    found, data = {}, []
    for f in sorted(files):
        of = '%s/%s.gcda' % (counts, f[:-2])
        if os.path.exists(of):
            data.append('%s/%s.gcda' % (build, f[:-2]))
            shutil.move(of, data[-1])
    out = subprocess.run(['gcov', '--json-format', '--stdout'] + data, capture_output=True).stdout if data else b''
    for doc in out.splitlines():
        for f in json.loads(doc)['files']:
            if f['file'] in files:
                for l in f['lines']:
                    can_count[f['file']] = can_count.get(f['file'], 0) | 1 << l['line_number']
                    if l['count']:
                        found[f['file']] = found.get(f['file'], 0) | 1 << l['line_number']
    for d in data:
        os.remove(d)
    return found


def covering(tests, mutant, kills):
    """
    Tests that run the changed lines, those first that take the least time for
    what they noticed of this folder; of a table, those that run the file. Each
    with the names of its parts that do.
    """
    can = can_count.get(mutant['file'], 0)
    first = mutant['line']
    # A statement is counted where it begins; a table in a function, with what stands before it.
    while can and first > 1 and not can >> first & 1:
        first -= 1
    at = sum(1 << n for n in range(first, mutant['last'] + 1))

    def some(mask):
        found = {}
        for t, c in tests.items():
            parts = [p for p in c['parts'] if not p['status'] and p['seconds'] <= MOST and
                     int(p['lines'].get(mutant['file'], '0'), 16) & mask]
            if parts and t not in mutant.get('asked', []):
                found[t] = parts
        return found
    runs = some(at)
    if not runs and mutant['op'] in ('table', 'enum'):
        runs = some(-1)
    folder = os.path.dirname(mutant['file'])
    order = sorted(runs, key=lambda t: (t.startswith(('bats', 'outputs')),
                                        (0.3 + sum(p['seconds'] for p in runs[t])) / (1 + kills[folder, t])))
    return [(t, [p['name'] for p in runs[t]]) for t in order]


def security():
    return {f for d in SECURITY for f in glob.glob('lib/%s/*.c' % d)}


def draw(files, n, seed):
    """One mutant a line, so many, the same ones for the same seed and code."""
    by_line = {}
    for f in sorted(files):
        for m in operators.candidates(f, open(f).read()):
            by_line.setdefault((f, m['line']), []).append(m)
    rng = random.Random(seed)
    some = rng.sample(sorted(by_line), min(n, len(by_line)))
    return [rng.choice(by_line[k]) for k in some]


def check_random(files):
    seed, n = int(os.environ.get('SEED', '1')), int(os.environ.get('N', '400'))
    drawn = draw(files or security(), n, seed)
    tests = cover({m['file'] for m in drawn})
    done = kept_results(seed)
    kills = collections.Counter()
    for m in done.values():
        count_kill(m, kills)

    def judge(bench, m):
        new = covering(tests, m, kills)
        if key(m) in done and not new:
            return None
        return bench.judge(m, new, SECONDS)
    left = [done.get(key(m), m) for m in drawn]
    left = [m for m in left if m.get('result', 'survived') in ('survived', 'not covered') and 'equal' not in m]
    for m, result in each(left, judge):
        if result is None:
            continue
        m['result'] = result
        done[key(m)] = m
        count_kill(m, kills)
        with open(results_file(seed), 'a') as f:
            f.write(json.dumps(m) + '\n')
        print('%s:%d %s: %s' % (m['file'], m['line'], m['op'], result[:100]), flush=True)
    report(done.values())
    return False


def key(m):
    return m['file'], m['start'], m['end'], m['new']


def count_kill(m, kills):
    if m['result'].startswith('killed by '):
        kills[os.path.dirname(m['file']), ':'.join(m['result'][10:].split(':')[:2])] += 1


def results_file(seed):
    return '%s/results-%d.jsonl' % (WORK, seed)


def kept_results(seed):
    """The last word on each mutant of that seed."""
    try:
        with open(results_file(seed)) as f:
            return {key(m): m for m in map(json.loads, f)}
    except FileNotFoundError:
        return {}


def mark_equal(seed, place):
    found = [m for m in kept_results(seed).values() if '%s:%d' % (m['file'], m['line']) == place]
    if len(found) != 1:
        fail('%d results at %s' % (len(found), place))
    with open(results_file(seed), 'a') as f:
        f.write(json.dumps(dict(found[0], equal=True)) + '\n')


def report(done):
    print('\nSurvivors:')
    for m in done:
        if m['result'] in ('survived', 'not covered') and 'equal' not in m:
            print('%s:%d %s (%s)\n- %s\n+ %s' % (m['file'], m['line'], m['op'], m['result'], m['old'], m['new']))
    folders = {}
    for m in done:
        if m['result'] not in ('no-compile', 'same-object') and 'equal' not in m:
            folders.setdefault(os.path.dirname(m['file']), []).append(m['result'].startswith('killed'))
    for d, r in sorted(folders.items()):
        print('%-16s %3d of %3d noticed' % (d, sum(r), len(r)))
    print('%d of %d noticed' % (sum(map(sum, folders.values())), sum(map(len, folders.values()))))


if __name__ == '__main__':
    what, rest = (sys.argv + [''])[1], sys.argv[2:]
    work()
    if what == 'equal' and len(rest) == 2:
        mark_equal(int(rest[0]), rest[1])
    elif what == 'random':
        sys.exit(check_random(rest))
    elif what in ('known', 'quick'):
        sys.exit(check_known(what == 'quick'))
    else:
        fail('usage: mutate.py known | quick | random [FILE...] | equal SEED FILE:LINE')
