// SPDX-License-Identifier: Apache-2.0
// types.js - index.d.ts of the package, from what is known already: the options
// of refval-verify, and the JSON schema of its report.

const comment = (text, indent) => `${indent}/** ${text.replaceAll('*/', '* /')} */\n`;
const camel = (option) => option.replace(/-([a-z0-9])/g, (all, c) => c.toUpperCase());

// What the help says for a command line, where a function takes another thing.
const told = {
  evidence: 'what the machine said, in any container; several files are one folder',
  instance: 'which of several machines: its number or id',
  at: 'verify for this time (default: now); a number is seconds since 1970',
};

function word(name, arg) {
  if (name === 'at') return 'string | number | Date';
  if (/^[a-z0-9-]+(\|[a-z0-9-]+)+$/.test(arg)) return arg.split('|').map((w) => `'${w}'`).join(' | ');
  return ['N', 'SIZE', 'SIZE[:KIND]', 'DAYS', 'ID'].includes(arg) ? 'string | number' : 'string';
}

function optionType(name, row) {
  if (!row.arg) return 'boolean';
  const one = row.file ? 'GivenFile' : word(name, row.arg);
  if (row.arg === 'DIR') return 'GivenFile[]';
  return row.list || row.folder ? `${one} | ${one.includes(' ') ? `(${one})` : one}[]` : one;
}

function input(options) {
  return Object.entries(options).map(([name, row]) =>
    comment(`--${name}${row.arg ? ' ' + row.arg : ''}: ${told[name] ?? row.help}`, '  ') +
    `  ${camel(name)}?: ${optionType(name, row)};\n`).join('');
}

// What of JSON schema our schemas use; anything else is an error here.
function type(schema, indent = '') {
  const known = ['$ref', 'const', 'enum', 'type', 'anyOf', 'oneOf', 'allOf', 'items', 'prefixItems', 'properties', 'required',
    'additionalProperties', 'minItems', 'maxItems', 'minLength', 'minimum', 'pattern', 'dependentRequired',
    '$schema', '$id', '$comment', 'title', '$defs'];
  for (const key of Object.keys(schema)) if (!known.includes(key)) throw new Error(`types.js: ${key} in a schema`);
  if (schema.$ref) return name(schema.$ref.replace('#/$defs/', ''));
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((x) => JSON.stringify(x)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((s) => type(s, indent)).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((t) => type({ ...schema, type: t }, indent)).join(' | ');
  if (schema.type === 'array') {
    // How many there are, and in which order, is not said here.
    const items = schema.items || schema.oneOf[0].prefixItems[0].allOf[0];
    return `Array<${type(items, indent)}>`;
  }
  if (schema.type === 'object') {
    const rest = typeof schema.additionalProperties === 'object' ? `${indent}  [name: string]: ${type(schema.additionalProperties)};\n` : '';
    const members = Object.entries(schema.properties || {}).map(([key, s]) =>
      `${indent}  ${key}${(schema.required || []).includes(key) ? '' : '?'}: ${type(s, indent + '  ')};\n`);
    return `{\n${members.join('')}${rest}${indent}}`;
  }
  if (schema.type === 'integer') return 'number';
  if (['string', 'boolean', 'null'].includes(schema.type)) return schema.type;
  throw new Error(`types.js: ${JSON.stringify(schema)} in a schema`);
}

const name = (key) => key.split('_').map((w) => w[0].toUpperCase() + w.slice(1)).join('');

export function types(options, report, error) {
  const defs = Object.entries(report.$defs).map(([key, s]) => `export type ${name(key)} = ${type(s)};\n`).join('');
  return `// SPDX-License-Identifier: Apache-2.0
// Made from the options of refval-verify and docs/schemas.

/** The bytes of a file. A string is its text; a Blob is read piece by piece in a worker. */
export type Bytes = string | Uint8Array | ArrayBuffer | Blob | Source;
/** A file that is read piece by piece: read() gives up to length bytes from offset, and none only at the end. */
export interface Source {
  size: number;
  read(offset: number, length: number): Uint8Array;
}
/** A file, and what it is called in the report. */
export type GivenFile = Bytes | { name: string; data: Bytes };

/** What refval-verify takes: each member is the option of that name. */
export interface VerifyInput {
${input(options)}  /** The report as a page, too. */
  html?: boolean;
}

${defs}
/** refval.report/1, as docs/schemas/report.json has it. */
export type Report = ${type(report)};

/** refval.error/1: nothing could be compared, and why. */
export type ErrorReport = ${type(error)};

export interface Verdict {
  /** True only for exit code 0: the report's verdict is yes, and the signature was verified. */
  verified: boolean;
  /** 0 yes, 1 no, 3 cannot tell. */
  exit: 0 | 1 | 3;
  /** Why it is not verified, in one sentence; null where it is. */
  reason: string | null;
  /** refval.error/1 where nothing could be compared: look at its schema. */
  report: Report | ErrorReport;
  /** The document as it was written. */
  json: string;
  /** What the program said beside it. */
  messages: string;
  /** With html: true, and a report. */
  html?: string;
  /** The same on a command line. */
  command: string[];
}

/** The verdict on one machine. Rejects with RefvalError for wrong use, and when it could not work. */
export function verify(input: VerifyInput): Promise<Verdict>;

export class RefvalError extends Error {
  /** 2 wrong use, 4 could not work. */
  exit: 2 | 4;
}

/** The names that release may have. */
export const releases: string[];
export const version: string;
`;
}
