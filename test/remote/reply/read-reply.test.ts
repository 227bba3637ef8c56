import { expect } from 'chai';
import { z } from 'zod';
import { listOf } from '../../../models/list-of.ts';
import { readReply } from '../../../remote/reply/read-reply.ts';
import { ReplyError } from '../../../upstream/upstream-error.ts';
import { catchError } from '../../support/deployment.ts';

describe('a reply that is checked against a schema', () => {
  const schema = z.object({ rows: listOf(z.object({ name: z.string(), at: z.int() })) });

  it('is returned in the shape of the schema', () => {
    const rows = [{ name: 'a', at: 1, more: true }];
    expect(readReply(schema, { rows })).to.deep.equal({ rows: [{ name: 'a', at: 1 }] });
    expect(readReply(schema, { rows: [] })).to.deep.equal({ rows: [] });
  });

  it('is rejected with the place of its first problem, without values', async () => {
    for (const [rows, place] of [
      ['wallaby', 'rows: expected array'],
      [[{ name: 'a', at: 1 }, 'wallaby'], 'rows[1]: expected object'],
      [[{ name: 'a', at: 'wallaby' }], 'rows[0].at: expected number'],
    ] as const) {
      const { message } = await catchError(ReplyError, () => readReply(schema, { rows }));
      expect(message).to.equal(`the reply.${place}`);
    }
  });
});
