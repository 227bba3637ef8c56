/** What is wrong with a text that is not JSON: where, and what was expected there; never a part of the text. */
import { printParseErrorCode, visit, type ParseErrorCode } from 'jsonc-parser';

/** How much of a text is searched, in characters: searching takes several times as long as parsing. */
const MAX_SEARCHED = 2 ** 22;

/** The first fault of a text. */
interface Fault {
  readonly code: string;
  readonly offset: number;
  readonly end: number;
  /** From 0. */
  readonly line: number;
  readonly character: number;
}

/**
 * Explains why JSON.parse rejected a text, in one clause: `line 2, column 7: expected a comma or ]`. V8's own message quotes
 * the text, and has no position for most faults.
 */
export function explainJsonError(text: string): string | undefined {
  const fault = findFault(text.slice(0, MAX_SEARCHED));
  // At the end of what is searched, anything looks like a fault.
  if (!fault || (text.length > MAX_SEARCHED && fault.end >= MAX_SEARCHED)) return undefined;
  const { line, character } = fault;
  return `line ${line + 1}, column ${character + 1}: ${toExpectation(fault, text)}`;
}

function findFault(text: string): Fault | undefined {
  let fault: Fault | undefined;
  const onError = (error: ParseErrorCode, offset: number, length: number, line: number, character: number) => {
    fault = { code: printParseErrorCode(error), offset, end: offset + length, line, character };
    throw new Error('found');
  };
  try {
    visit(text, { onError }, { disallowComments: true, allowTrailingComma: false });
  } catch {
    // Found; or so deeply nested that jsonc-parser, which is recursive, ran out of stack.
  }
  return fault;
}

/** The words that Python's str() and json.dumps() write, and JavaScript's, where JSON has others. */
const FOREIGN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^[-+]?(?:nan|inf|infinity)\b/i, 'NaN and Infinity are not JSON; send null for a missing number'],
  [/^(?:NaT|<NA>|NA|pd\.NA|np\.nan|NULL|Null|nil)(?![\w.])/, 'JSON has null for a missing value'],
  [/^None\b/, 'None is Python; JSON has null'],
  [/^(?:True|False)\b/, 'True and False are Python; JSON has true and false'],
  [/^undefined\b/, 'undefined is JavaScript; JSON has null'],
  [
    /^(?:[bfru]["']|(?:np\.|datetime\.)?[A-Za-z]\w*\()/,
    'a Python object is not JSON; send it as a number, a text or a list',
  ],
  [/^\(/, 'a Python tuple is not JSON, which has lists in square brackets'],
  [/^['‘’“”]/, 'expected double quotes (a Python dictionary becomes JSON by json.dumps, not by str)'],
];

const EXPECTATIONS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'expected a JSON value',
  PropertyNameExpected: 'expected a key in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon',
  CloseBraceExpected: 'the body ends before its last }',
  CloseBracketExpected: 'the body ends before its last ]',
  EndOfFileExpected: 'expected the end of the body',
  InvalidCommentToken: 'expected a value; JSON has no comments',
  UnexpectedEndOfComment: 'expected a value; JSON has no comments',
  UnexpectedEndOfString: 'expected a closing double quote on the same line; a line break in a text is written \\n',
  UnexpectedEndOfNumber: 'expected more digits',
  InvalidUnicode: 'expected four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'expected one of " \\ / b f n r t u after the backslash',
  InvalidCharacter: 'expected control characters written as escapes, such as \\t',
};

function toExpectation({ code, offset }: Fault, text: string): string {
  const rest = text.slice(offset, offset + 30);
  const foreign = FOREIGN_WORDS.find(([pattern]) => pattern.test(rest));
  if (foreign && code !== 'EndOfFileExpected') return foreign[1];
  const before = text.slice(Math.max(0, offset - 100), offset).trimEnd();
  if (before.endsWith(',') && /^[\]}]/.test(rest)) return `expected no comma before ${rest[0] as string}`;
  if (code === 'CommaExpected')
    return /^\d/.test(rest) && /\b0$/.test(before)
      ? 'expected a number without leading zeros'
      : 'expected a comma or a closing bracket';
  if (code === 'InvalidSymbol' && /[{,]$/.test(before) && /^[\w$-]+\s*:/.test(text.slice(offset, offset + 100)))
    return EXPECTATIONS['PropertyNameExpected'] as string;
  // What follows a whole value is a symbol like any other to jsonc-parser.
  if (code === 'InvalidSymbol' && isComplete(text.slice(0, offset))) return EXPECTATIONS['EndOfFileExpected'] as string;
  if (code === 'ValueExpected' && rest === '')
    return offset === 0 ? 'the body is empty' : 'the body ends where a value is expected';
  return EXPECTATIONS[code] ?? 'expected JSON';
}

function isComplete(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
