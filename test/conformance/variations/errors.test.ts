import { expect } from 'chai';
import type { Outgoing, Patch } from '../zoo/engine.ts';
import { changeReply, replaceRejection } from '../zoo/patches.ts';
import { judgePatched, listIds } from '../zoo/judge.ts';
import { describeVariations, type Variation } from './describe-variations.ts';

const VARIATIONS: readonly Variation[] = [
  {
    what: 'errors without a trace',
    fails: 'errors-container',
    patch: replaceRejection({ errors: [{ code: 'x', message: 'y' }] }),
  },
  { what: 'an empty list of errors', fails: 'errors-container', patch: replaceRejection({ trace: 'x', errors: [] }) },
  {
    what: 'errors without a message',
    fails: 'errors-container',
    patch: replaceRejection({ trace: 'x', errors: [{ code: 'x' }] }),
  },
  {
    what: 'errors that are an object',
    fails: 'errors-container',
    patch: replaceRejection({ trace: 'x', errors: { code: 'x', message: 'y' } }),
  },
  {
    what: 'a redirect for a row of nulls',
    fails: 'error-null-cell',
    patch: whenSent('[null,null,null]', (reply) => ({ ...reply, status: 302 })),
  },
  {
    what: 'a row of nulls that is missing in the answer',
    fails: 'error-null-cell',
    patch: whenSent('[null,null,null]', (reply) => ({
      ...reply,
      status: 200,
      body: '{"fields":["prediction"],"values":[]}',
    })),
  },
  {
    what: 'an answer to an unknown category that is not JSON',
    fails: 'error-unknown-category',
    patch: whenSent('never seen before', (reply) => ({ ...reply, body: '{"fields":["x"],"values":[[NaN]]}' })),
  },
  {
    what: 'a stack trace of Node',
    fails: 'errors-no-stack-trace',
    patch: rejectWith('TypeError: x\n    at score (/srv/app/index.js:10:5)'),
  },
  {
    what: 'a stack trace of Java',
    fails: 'errors-no-stack-trace',
    patch: rejectWith('java.lang.NullPointerException\n\tat com.example.Engine.score(Engine.java:42)'),
  },
  {
    what: 'a stack trace of .NET',
    fails: 'errors-no-stack-trace',
    patch: rejectWith('at Engine.Score(Request r) in C:\\src\\Engine.cs:line 42'),
  },
  { what: 'a stack trace of Go', fails: 'errors-no-stack-trace', patch: rejectWith('goroutine 17 [running]:') },
  {
    what: 'a stack trace of PHP',
    fails: 'errors-no-stack-trace',
    patch: rejectWith('#0 /var/www/index.php(12): score()'),
  },
  { what: 'a stack trace of Ruby', fails: 'errors-no-stack-trace', patch: rejectWith("/app/engine.rb:12:in `score'") },
  {
    what: 'error responses in plain text for a media type',
    fails: 'errors-json',
    patch: { reply: (reply) => (reply.status === 415 ? { ...reply, body: 'Unsupported' } : reply) },
  },
  {
    what: 'error responses without a body',
    fails: 'errors-json',
    patch: { reply: (reply) => (reply.status === 405 ? { ...reply, body: '' } : reply) },
  },
];

describeVariations('errors', VARIATIONS);

describe('an engine without any error response in JSON', () => {
  const BODIES: Readonly<Record<string, string>> = {
    HTML: '<!DOCTYPE html><html><title>400 Bad Request</title></html>',
    'HTML after white space': '\n  <html lang="en"></html>',
    'plain text': 'Bad Request',
    'a JSON string': '"Bad Request"',
    'a JSON list': '[{"code":"x","message":"y"}]',
    null: 'null',
    nothing: '',
  };
  for (const [what, body] of Object.entries(BODIES)) {
    it(`fails errors-json, and errors-container is not run: ${what}`, async () => {
      const patch = changeReply(
        (_, { status }) => status >= 400,
        (reply) => ({ ...reply, body }),
      );
      const report = await judgePatched(patch, { only: ['errors'] });
      expect(listIds(report, 'failed')).to.deep.equal(['errors-json']);
      expect(listIds(report, 'not-run')).to.deep.equal(['errors-container']);
      expect(report.results.find(({ id }) => id === 'errors-container')?.findings[0]).to.have.property(
        'reason',
        'no error response is a JSON object; see errors-json',
      );
    });
  }

  it('is not judged by the checks of error responses if it accepts or breaks on every invalid request', async () => {
    for (const status of [200, 500]) {
      const patch = changeReply(
        (_, reply) => reply.status >= 400,
        (reply) => ({ ...reply, status }),
      );
      const report = await judgePatched(patch, { only: ['errors-json', 'errors-container'] });
      expect(listIds(report, 'not-run'), String(status)).to.deep.equal(['errors-json', 'errors-container']);
    }
  });

  it('is judged by those that are, if some are', async () => {
    const patch = changeReply(
      ({ path }, { status }) => status >= 400 && path.includes('no-such'),
      (reply) => ({ ...reply, body: '<html></html>' }),
    );
    const report = await judgePatched(patch, { only: ['errors-json', 'errors-container'] });
    expect([listIds(report, 'failed'), listIds(report, 'passed')]).to.deep.equal([
      ['errors-json'],
      ['errors-container'],
    ]);
  });
});

function rejectWith(message: string): Patch {
  return replaceRejection({ trace: 'x', errors: [{ code: 'x', message }] });
}

function whenSent(text: string, change: (reply: Outgoing) => Outgoing): Patch {
  return changeReply(({ body }) => body.includes(text), change);
}
