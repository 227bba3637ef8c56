import { expect } from 'chai';
import { ReplyError, UpstreamError } from '../../upstream/upstream-error.ts';

describe('the message of an upstream error', () => {
  it('names the request and what was received, also in a stack that was read before', () => {
    const error = new ReplyError('expected JSON');
    expect(error.stack).to.match(/^ReplyError: expected JSON\n|^Error: expected JSON\n/);
    error.addRequest('POST http://localhost/score');
    error.addReply('{"error": string}', 'not loaded');
    expect(error.message).to.equal('POST http://localhost/score: expected JSON; received {"error": string}');
    expect(error.stack).to.include(error.message);
    expect(error).to.include({ problem: 'expected JSON', received: '{"error": string}', quote: 'not loaded' });
  });

  it('keeps the first request and reply', () => {
    const error = new UpstreamError('status', 'status 500', { quote: 'first' });
    error.addRequest('POST http://localhost/token');
    error.addRequest('POST http://localhost/score');
    error.addReply('number', 'second');
    error.addReply('string', 'third');
    expect(error.message).to.equal('POST http://localhost/token: status 500; received number');
    expect(error.quote).to.equal('first');
  });

  it('names the request once in a stack that is read afterwards', () => {
    const error = new UpstreamError('late', 'no answer within 10 ms');
    error.addRequest('POST http://localhost/score');
    error.addRequest('POST http://localhost/other');
    expect(error.message).to.equal('POST http://localhost/score: no answer within 10 ms');
    expect(error.stack?.match(/POST/g)).to.have.length(1);
    expect(error.stack).to.include(error.message);
  });
});
