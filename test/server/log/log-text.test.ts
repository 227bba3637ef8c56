import { expect } from 'chai';
import { toTextLine } from '../../../server/log/log-text.ts';

describe('a line of the log for people', () => {
  const toLine = (fields: object) =>
    toTextLine(JSON.stringify({ level: 'info', time: '2030-01-31T12:00:00.000Z', ...fields }));
  const clock = new Date('2030-01-31T12:00:00.000Z').toTimeString().slice(0, 8);

  it('has the time of day, the level, the message and the fields', () => {
    expect(toLine({ msg: 'request', status: 200, ms: 0.4, deployment: 'iris', problems: ['a b'] })).to.equal(
      `${clock} INFO  request  status=200 ms=0.4 deployment=iris problems=["a b"]\n`,
    );
    expect(toLine({ level: 'error', worker: 2, msg: 'stopped' })).to.equal(`${clock} ERROR #2 stopped\n`);
  });

  it('has the cause of a failure on lines of its own', () => {
    expect(toLine({ msg: 'request', cause: 'Error: no\n    at here' })).to.equal(
      `${clock} INFO  request\n         Error: no\n             at here\n`,
    );
  });

  it('has nothing that a terminal acts on', () => {
    const evil = '\u001b[2J\u009b1m\u202e\r\u0007';
    const text = toLine({ msg: evil, name: evil, list: [evil], cause: `${evil}\n${evil}` });
    expect(text.replaceAll('\n', '')).to.match(/^[\x20-\x7e]*$/);
    expect(text.split('\n')).to.have.length(4);
  });
});
