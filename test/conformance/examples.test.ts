/** The code examples of the reports are valid code. */
import { execFileSync } from 'node:child_process';
import { Script } from 'node:vm';
import { expect } from 'chai';
import prettier from 'prettier';
import { ALL_CHECKS } from '../../conformance/checks/all-checks.ts';
import { EXAMPLES } from '../../conformance/examples/examples.ts';

/** Parses each of a list of programs, and prints what is wrong with them; snippets may return, as in a function. */
const PARSER = `
import ast, json, sys, textwrap
problems = []
for name, text in json.load(sys.stdin):
    try:
        ast.parse("def snippet():\\n" + textwrap.indent(text, "    "))
    except SyntaxError as error:
        problems.append(f"{name}: {error}")
print(json.dumps(problems))
`;

function parsePython(programs: readonly (readonly [name: string, text: string])[]): string[] {
  const output = execFileSync('python3', ['-c', PARSER], { input: JSON.stringify(programs), encoding: 'utf8' });
  return JSON.parse(output) as string[];
}

function findPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function parseJavaScript(text: string): void {
  // Snippets may await and return, as in a function.
  new Script(`(async () => {\n${text}\n})`);
}

describe('the code examples', () => {
  it('exist for every check, in both languages', () => {
    for (const { id } of ALL_CHECKS)
      for (const language of ['python', 'javascript'] as const) expect(EXAMPLES[id][language], id).to.match(/\S/);
    expect(Object.keys(EXAMPLES)).to.have.members(ALL_CHECKS.map(({ id }) => id));
  });

  it('are short, without indentation and trailing white space', () => {
    for (const [id, example] of Object.entries(EXAMPLES))
      for (const text of Object.values(example) as string[]) {
        const lines = text.split('\n');
        expect(lines.length, id).to.be.at.most(20);
        expect(lines[0], id).to.match(/^\S/);
        for (const line of lines) expect(line, id).to.match(/^(.{0,119}\S)?$/);
      }
  });

  // Without Python there is nothing to parse them with, and a skipped test would fail the suite.
  if (findPython()) {
    it('in Python can be parsed', () => {
      expect(parsePython(Object.entries(EXAMPLES).map(([id, { python }]) => [id, python]))).to.deep.equal([]);
      expect(parsePython([['broken', 'if x\n    pass']])).to.have.length(1);
    });
  }

  it('in JavaScript can be parsed, and are formatted', async () => {
    const options = { ...(await prettier.resolveConfig(new URL(import.meta.url))), parser: 'babel' };
    for (const [id, { javascript }] of Object.entries(EXAMPLES)) {
      expect(() => parseJavaScript(javascript), id).to.not.throw();
      const body = javascript.replace(/^/gm, '  ').replace(/^ +$/gm, '');
      const text = `async function snippet() {\n${body}\n}\n`;
      expect(await prettier.format(text, { ...options, printWidth: 122 }), id).to.equal(text);
    }
    expect(() => parseJavaScript('if (x {')).to.throw(SyntaxError);
  });
});
