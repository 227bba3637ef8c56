import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { EngineError } from '../../errors/engine-error.ts';
import { describeCause } from '../../errors/describe-cause.ts';

describe('the description of a cause', () => {
  it('has the stack of an error', () => {
    const error = new Error('outer');
    expect(describeCause(error)).to.equal(error.stack);
  });

  it('has the stacks of all errors that caused it, in order', () => {
    const root = new RangeError('root');
    const middle = new Error('middle', { cause: root });
    const outer = new TypeError('outer', { cause: middle });
    expect(describeCause(outer)).to.equal([outer, middle, root].map(({ stack }) => stack).join('\ncaused by: '));
  });

  it('has no stack of the engine around the failure that it wraps', () => {
    const root = new Error('root');
    const wrapper = new EngineError('model_failed', 'It failed.', { cause: root });
    expect(describeCause(wrapper)).to.equal(`EngineError: It failed.\ncaused by: ${root.stack}`);
    const bare = new EngineError('internal_error', 'It failed.');
    expect(describeCause(bare)).to.equal(bare.stack);
  });

  it('has causes that are no errors', () => {
    const describeFirst = (cause: unknown) => describeCause(new Error('outer', { cause })).split('\ncaused by: ')[1];
    expect(describeFirst('the disk is full')).to.equal('a thrown string: the disk is full');
    expect(describeFirst({ code: 7, message: 'no model' })).to.equal('a thrown object: no model');
    expect(describeFirst({ secret: 'canary' })).to.equal('a thrown object');
    expect(describeFirst(7)).to.equal('a thrown number');
    expect(describeFirst(null)).to.equal('a thrown object');
    expect(describeFirst(undefined)).to.equal(undefined);
  });

  it('has what was thrown instead of an error', () => {
    expect(describeCause('the disk is full')).to.equal('a thrown string: the disk is full');
    expect(describeCause(undefined)).to.equal('a thrown undefined');
    expect(describeCause(Symbol('a'))).to.equal('a thrown symbol');
    expect(describeCause(() => 0)).to.equal('a thrown function');
  });

  it('has the errors that an error collects, such as those of each address of a host', () => {
    const errors = [new Error('first'), new Error('second', { cause: new Error('its cause') })];
    const text = describeCause(new Error('outer', { cause: new AggregateError(errors) }));
    for (const message of ['outer', 'AggregateError', 'first', 'second', 'its cause']) expect(text).to.include(message);
  });

  it('has errors of another realm', () => {
    const error: unknown = runInNewContext('new Error("elsewhere", { cause: new Error("root") })');
    expect(describeCause(error)).to.match(/^Error: elsewhere\n[^]*\ncaused by: Error: root\n/);
  });

  it('has a message that was changed later, and an error without a stack', () => {
    const changed = new Error('first text');
    // V8 writes the stack when it is first read.
    expect(changed.stack).to.include('first text');
    changed.message = 'second text';
    expect(describeCause(changed)).to.match(/^Error: second text\nError: first text\n/);
    const bare = new Error('bare');
    delete bare.stack;
    expect(describeCause(bare)).to.equal('Error: bare');
  });

  it('ends where errors cause each other', () => {
    const one = new Error('one');
    const other = new Error('other', { cause: one });
    one.cause = other;
    expect(describeCause(one)).to.equal(`${one.stack}\ncaused by: ${other.stack}`);
  });

  it('is bounded in depth, breadth and length', () => {
    let deep = new Error('root');
    for (let level = 0; level < 10_000; level++) deep = new Error('level', { cause: deep });
    expect(describeCause(deep).split('caused by: ')).to.have.length(8);
    const wide = new AggregateError(Array.from({ length: 10_000 }, () => new Error('one')));
    expect(describeCause(wide).split('caused by: ')).to.have.length(5);
    expect(describeCause(new Error('a'.repeat(1e6)))).to.have.length(16_385);
  });

  it('is there for objects that throw when they are looked at', () => {
    const hostile = Object.defineProperty(new Error('a'), 'stack', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(describeCause(hostile)).to.equal('a thrown object');
  });
});
