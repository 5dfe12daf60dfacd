# SPDX-License-Identifier: Apache-2.0
"""Small semantic changes of C that clang-format wrote, one at a time.

A tokenizer with bracket matching is enough for that. candidates(path, text)
gives dicts: file, line, last, op, start, end (offsets), old, new.
"""
import re

TOKEN = re.compile(r'''
 (?P<space>\s+)|(?P<comment>/\*.*?\*/|//[^\n]*)|
 (?P<pp>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)|
 (?P<text>"(?:[^"\\]|\\.)*")|(?P<char>'(?:[^'\\]|\\.)*')|
 (?P<num>0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*)|(?P<name>[A-Za-z_]\w*)|
 (?P<sign>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|\.\.\.|.)
''', re.X | re.S | re.M)

# What these are called with is words for people.
WORDS = {
    'rv_run_pass', 'rv_report_set', 'rv_in', 'rv_grow_printf', 'rv_run_skip',
    'rv_no_memory', 'rv_fail', 'rv_fail_id', 'rv_run_fail', 'rv_quote_fail',
    'snprintf', 'printf',
}

# A value is changed into another of the same kind.
KINDS = [
    ['RV_YES', 'RV_DIFFERS', 'RV_CANNOT_TELL', 'RV_UNCHECKED'],
    ['RV_OK', 'RV_NO', 'RV_INPUT', 'RV_SYSTEM'],
    ['RV_CHECK_GOOD', 'RV_CHECK_BAD', 'RV_CHECK_OTHER', 'RV_CHECK_FAILED'],
    ['RV_MATCH_EQUAL', 'RV_MATCH_LEFT_OUT', 'RV_MATCH_DIFFERS'],
    ['RV_EVENT_CONFIRMED', 'RV_EVENT_CONTRADICTS', 'RV_EVENT_RECOMPUTED',
     'RV_EVENT_AS_RECORDED'],
    ['RV_SHA256', 'RV_SHA384', 'RV_SHA512'],
    ['RV_TCB_UP_TO_DATE', 'RV_TCB_SW_HARDENING', 'RV_TCB_CONFIGURATION',
     'RV_TCB_OUT_OF_DATE', 'RV_TCB_REVOKED', 'RV_TCB_NONE'],
    ['RV_TEE_TDX', 'RV_TEE_SGX'],
    ['CHAIN_PCK', 'CHAIN_TCB', 'CHAIN_QEID'],
    ['RV_PUBKEY_P256', 'RV_PUBKEY_SECP256K1', 'RV_PUBKEY_ED25519'],
    ['RV_SIGN_RAW', 'RV_SIGN_DER'],
    ['ENCLAVE_QE', 'ENCLAVE_TD_QE'],
    ['RV_SIGNED_NOT', 'RV_SIGNED_UNCHECKED', 'RV_SIGNED_GOOD', 'RV_SIGNED_BAD'],
    ['RV_LAYER_FIRMWARE', 'RV_LAYER_OS', 'RV_LAYER_APP', 'RV_LAYER_HARDWARE'],
]

EQUALITIES = {'memcmp': '0', 'strcmp': '0', 'strncmp': '0', 'rv_same': '1',
              'rv_same_text': '1', 'rv_all_zero': '1'}
RELATIONS = {'<': ['<=', '>='], '>': ['>=', '<='], '<=': ['<'], '>=': ['>'],
             '==': ['!='], '!=': ['==']}
BITS = {'<<': '>>', '>>': '<<', '&': '|', '|': '&', '%': '/'}
NOT_A_STATEMENT = set(
    'if for while do return switch case default else break continue goto '
    'static const struct enum union size_t bool int unsigned char long void '
    'int64_t uint8_t uint16_t uint32_t uint64_t RV_AUTO rv_json free'.split())


class File:
    """The tokens of one file, and what is known of each."""

    def __init__(self, text):
        self.text = text
        self.t = [(m.lastgroup, m.group(), m.start(), m.end())
                  for m in TOKEN.finditer(text)
                  if m.lastgroup not in ('space', 'comment', 'pp')]
        self.pair, stack = {}, []
        for i, (kind, s, _, _) in enumerate(self.t):
            if kind == 'sign' and s in '([{':
                stack.append(i)
            elif kind == 'sign' and s in ')]}' and stack:
                self.pair[i] = stack.pop()
                self.pair[self.pair[i]] = i
        self.body = [False] * len(self.t)   # inside a function
        self.words = [False] * len(self.t)  # inside a message
        end = -1
        for i, (_, s, _, _) in enumerate(self.t):
            if i > end and s == '{' and i and self.t[i - 1][1] == ')':
                end = self.pair[i]
            self.body[i] = i <= end
            if s in WORDS and self.is_open(i + 1):
                for k in range(i + 2, self.pair[i + 1]):
                    self.words[k] = True

    def word(self, i):
        return self.t[i][1] if 0 <= i < len(self.t) else ''

    def is_open(self, i):
        return self.word(i) == '(' and i in self.pair

    def part(self, a, b):
        """The text of tokens a to b."""
        return self.text[self.t[a][2]:self.t[b][3]]

    def commas(self, i, sign=','):
        """Where @sign stands between bracket i and its other end."""
        at, found = i + 1, []
        while at < self.pair[i]:
            if self.word(at) == sign:
                found.append(at)
            at = self.pair[at] + 1 if self.word(at) in '([{' and at in self.pair else at + 1
        return found

    def until(self, i, ends):
        while i < len(self.t) and self.word(i) not in ends:
            i = self.pair[i] + 1 if self.word(i) in '([{' and i in self.pair else i + 1
        return i


def conditions(f, i):
    """if and while: the other way, never, always."""
    if f.word(i) not in ('if', 'while') or not f.is_open(i + 1):
        return
    a, b = i + 1, f.pair[i + 1]
    inner = f.part(a + 1, b - 1)
    yield 'negate', a, b, '(!(%s))' % inner
    if f.word(i) != 'if':
        return
    then = b + 2 if f.word(b + 1) == '{' else b + 1
    if f.word(then) == 'return':
        # Those that only a failing allocation reaches tell nothing.
        if f.word(then + 1) not in ('rv_no_memory', 'rv_run_broken'):
            yield 'drop-return', a, b, '((%s) && 0)' % inner
    else:
        yield 'never', a, b, '((%s) && 0)' % inner
        yield 'always', a, b, '((%s) || 1)' % inner


def operands(f, i):
    """One side of && or ||; the call is made, its word does not count."""
    s = f.word(i)
    if s not in ('&&', '||'):
        return
    stops = ('(', '{', ';', '||', '&&', '?', ':', ',', '=')
    a = i - 1
    while a >= 0 and f.word(a) not in stops and f.word(a) != 'return':
        a = f.pair[a] - 1 if f.word(a) in (')', ']') and a in f.pair else a - 1
    b = f.until(i + 1, (')', '}', ';', '||', '&&', '?', ':', ','))
    keep = '((%s) && 0)' if s == '||' else '((%s) || 1)'
    yield 'drop-operand', a + 1, i - 1, keep % f.part(a + 1, i - 1)
    yield 'drop-operand', i + 1, b - 1, keep % f.part(i + 1, b - 1)
    yield 'logic', i, i, '&&' if s == '||' else '||'


def signs(f, i):
    s, before = f.word(i), f.word(i - 1)
    for new in RELATIONS.get(s, []):
        yield 'relation', i, i, new
    value = f.t[i - 1][0] in ('name', 'num') or before in (')', ']')
    if not i or not value or before in ('return', 'case'):
        return
    if s in ('+', '-'):
        yield 'arithmetic', i, i, '-' if s == '+' else '+'
    if s in BITS:
        yield 'bits', i, i, BITS[s]


def values(f, i):
    kind, s = f.t[i][0], f.word(i)
    if s == '0' and f.word(i - 1) == '{' and f.word(i + 1) == '}':
        return  # "nothing is known yet", whatever the first member is
    if kind == 'num' and f.word(i - 1) != 'case':
        yield 'constant', i, i, '(%s + 1)' % s
        if int(re.sub('[uUlL]', '', s), 0 if s[:1] != '0' or s[:2] in ('0x', '0X') or s.strip('0uUlL') == '' else 8):
            yield 'constant', i, i, '(%s - 1)' % s
    if s in ('true', 'false'):
        yield 'bool', i, i, 'false' if s == 'true' else 'true'


def results(f, i):
    """What a function returns; an equality that always holds."""
    s = f.word(i)
    if s == 'return' and f.word(i + 1) not in (';', 'true', 'false', 'NULL'):
        end = f.until(i + 1, (';',))
        yield 'return-true', i + 1, end - 1, '((%s), 1)' % f.part(i + 1, end - 1)
    if s in EQUALITIES and f.is_open(i + 1):
        commas = f.commas(i + 1)
        if s == 'memcmp' and len(commas) == 2:
            n = f.part(commas[1] + 1, f.pair[i + 1] - 1)
            for less in ('(%s) / 2', '(%s) - 1'):
                yield 'length', commas[1] + 1, f.pair[i + 1] - 1, less % n
        yield 'equal', i, f.pair[i + 1], EQUALITIES[s]


def loops(f, i):
    if f.word(i) != 'for' or not f.is_open(i + 1):
        return
    semi = f.commas(i + 1, ';')
    if len(semi) != 2 or semi[1] == semi[0] + 1:
        return
    if f.word(semi[0] - 1) == '0':
        yield 'loop-first', semi[0] - 1, semi[0] - 1, '1'
    m = re.match(r'^(\w+) < ([^&|]+)$', f.part(semi[0] + 1, semi[1] - 1), re.S)
    if m:
        yield 'loop-last', semi[0] + 1, semi[1] - 1, '%s + 1 < %s' % m.groups()


def statements(f, i):
    """A call or an assignment, left out."""
    kind, s = f.t[i][0], f.word(i)
    if s in ('break', 'continue') and f.word(i + 1) == ';':
        yield 'flow', i, i, '(void)0'
    if kind != 'name' or f.word(i - 1) not in (';', '{', '}', ')') or s in NOT_A_STATEMENT:
        return
    if f.word(i - 1) == ')' and f.word(i + 1) not in ('=', '(', '.', '->', '[', '|=', '+=', '-=', '++', '--'):
        return
    end = f.until(i, (';', '}'))
    if f.word(end) != ';':
        return
    body = f.part(i, end - 1)
    if re.match(r'^\w+\s+\*?\w+\s*(=|;|,|$)', body) or re.match(r'^(%s|rv_\w*_free|memset)\b' % '|'.join(WORDS), body):
        return
    yield 'delete', i, end - 1, '(void)0'


def swaps(f, i):
    s = f.word(i)
    if f.word(i - 1) == 'case' or (f.word(i - 1) == '[' and not f.body[i]):
        return
    for kind in KINDS:
        if s in kind:
            for other in kind:
                if other != s:
                    yield 'enum', i, i, other


def tables(f, i):
    if f.t[i][0] == 'num' and f.word(i - 1) in ('{', ',', '=', '-'):
        yield 'table', i, i, '(%s + 1)' % f.word(i)


def candidates(path, text):
    f, seen, out = File(text), set(), []
    for i in range(len(f.t) - 1):
        makers = [swaps]
        if f.body[i] and not f.words[i]:
            makers += [conditions, operands, signs, values, results, loops, statements]
        elif not f.body[i]:
            makers += [tables]
        for make in makers:
            for op, a, b, new in make(f, i):
                start, end = f.t[a][2], f.t[b][3]
                if text[start:end] == new or (start, end, new) in seen:
                    continue
                seen.add((start, end, new))
                out.append(dict(file=path, op=op, start=start, end=end,
                                line=text.count('\n', 0, start) + 1,
                                last=text.count('\n', 0, end) + 1,
                                old=text[start:end], new=new))
    return out
