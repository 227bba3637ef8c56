import { expect } from 'chai';
import { EngineError } from '../../errors/engine-error.ts';
import { Admission } from '../../server/admission.ts';
import { catchError } from '../support/deployment.ts';

describe('admission', () => {
  const toCode = (enter: () => void) => {
    try {
      enter();
      return 'entered';
    } catch (error) {
      return (error as EngineError).code;
    }
  };

  it('admits as many requests as there are slots, and another one when a slot is returned', () => {
    const admission = new Admission({ maxConcurrency: 2 });
    const enter = () => toCode(() => admission.enter('scoring'));
    expect([enter(), enter(), enter()]).to.deep.equal(['entered', 'entered', 'too_busy']);
    admission.leave('scoring');
    expect([enter(), enter()]).to.deep.equal(['entered', 'too_busy']);
  });

  it('rejects every request when the engine stops, with or without a free slot', () => {
    const admission = new Admission({ maxConcurrency: 1 });
    admission.stop();
    expect(toCode(() => admission.check('scoring'))).to.equal('stopping');
    const full = new Admission({ maxConcurrency: 0 });
    full.stop();
    expect(toCode(() => full.check('scoring'))).to.equal('stopping');
  });

  it('lets no request in that could take no slot, and gives each kind of request its own slots', () => {
    const admission = new Admission({ maxConcurrency: 1 });
    admission.enter('scoring');
    expect(toCode(() => admission.check('scoring'))).to.equal('too_busy');
    expect(toCode(() => admission.enter('discovery'))).to.equal('entered');
    expect(toCode(() => admission.check('discovery'))).to.equal('too_busy');
    admission.leave('scoring');
    expect(toCode(() => admission.check('scoring'))).to.equal('entered');
  });

  it('gives a slot to a request that was accepted before the engine stops', () => {
    const admission = new Admission({ maxConcurrency: 1 });
    admission.check('scoring');
    admission.stop();
    expect(toCode(() => admission.enter('scoring'))).to.equal('entered');
  });

  describe('of a request that waits for another system', () => {
    it('takes a slot again when the work has succeeded or failed, even if all are taken', async () => {
      const admission = new Admission({ maxConcurrency: 1 });
      admission.enter('scoring');
      const other = () => Promise.resolve(toCode(() => admission.enter('scoring')));
      expect(await admission.waitFor(10, other)).to.equal('entered');
      expect(toCode(() => admission.enter('scoring'))).to.equal('too_busy');
      admission.leave('scoring');
      expect(toCode(() => admission.enter('scoring'))).to.equal('too_busy');
      await catchError(TypeError, () => admission.waitFor(10, () => Promise.reject(new TypeError('no'))));
      expect(toCode(() => admission.enter('scoring'))).to.equal('too_busy');
      admission.leave('scoring');
      expect(toCode(() => admission.enter('scoring'))).to.equal('entered');
    });

    it('rejects it while the bodies of all waiting requests are too large together; one alone may always wait', async () => {
      const admission = new Admission({ maxConcurrency: 9, maxWaitingBytes: 100 });
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const first = admission.waitFor(80, () => released);
      const refused = await catchError(EngineError, () => admission.waitFor(30, () => Promise.resolve()));
      expect(refused.code).to.equal('too_busy');
      await admission.waitFor(20, () => Promise.resolve());
      release();
      await first;
      expect(await admission.waitFor(1000, () => Promise.resolve('done'))).to.equal('done');
    });
  });
});
