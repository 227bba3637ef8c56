import { expect } from 'chai';
import { readFailure } from '../../upstream/read-failure.ts';

const read = (status: number, body: unknown = '', headers: Record<string, string> = {}) =>
  readFailure({ status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) });

describe('an error reply', () => {
  const KINDS: Record<string, readonly number[]> = {
    unauthorized: [401, 403],
    late: [408, 504],
    busy: [429, 503],
    status: [300, 307, 400, 404, 409, 413, 415, 422, 424, 500, 501, 502, 505],
  };
  for (const [failure, statuses] of Object.entries(KINDS)) {
    it(`is the failure ${failure} with status ${statuses.join(', ')}`, () => {
      for (const status of statuses) expect(read(status)).to.deep.include({ failure, status });
    });
  }

  const CODED: Record<string, readonly [unknown, string]> = {
    'of MLflow': [{ error_code: 'BAD_REQUEST', message: 'wallaby' }, 'BAD_REQUEST'],
    'of SageMaker': [{ ErrorCode: 'CLIENT_ERROR_FROM_MODEL', Message: 'wallaby' }, 'CLIENT_ERROR_FROM_MODEL'],
    'of others': [{ code: 'not_ready', detail: 'wallaby' }, 'not_ready'],
    'of IBM': [{ errors: [{ code: 'invalid_request_entity', message: 'wallaby' }] }, 'invalid_request_entity'],
    'of Google': [{ error: { status: 'INVALID_ARGUMENT', code: 400, message: 'wallaby' } }, 'INVALID_ARGUMENT'],
    'of Azure': [{ error: { code: 'BadArgument', message: 'wallaby' } }, 'BadArgument'],
  };
  for (const [what, [body, code]] of Object.entries(CODED)) {
    it(`is described by the code ${what}; its message is kept apart`, () => {
      const { message, quote } = read(400, body);
      expect(message).to.equal(`status 400, ${code}`);
      expect(quote).to.equal('wallaby');
    });
  }

  it('is described by the code that AWS sends in a header', () => {
    expect(read(400, '', { 'x-amzn-errortype': 'ValidationException' }).message).to.equal(
      'status 400, ValidationException',
    );
  });

  it('is described by nothing but a code', () => {
    for (const code of ['a wallaby', '', 'x'.repeat(65), '1st', null, {}, ['BAD'], 'a\nb'])
      expect(read(400, { code, error: 'wallaby' }).message).to.equal('status 400');
    expect(read(400, '{"__proto__": {"code": "BAD"}}').message).to.equal('status 400');
  });

  it('has a message of at most 500 characters, from JSON or plain text', () => {
    expect(read(500, 'x'.repeat(1000)).quote).to.equal('x'.repeat(500));
    expect(read(500, { error: 'its words' }).quote).to.equal('its words');
    expect(read(500, { OriginalMessage: 'its words' }).quote).to.equal('its words');
    expect(read(500, { other: 1 }).quote).to.equal('{"other":1}');
  });

  it("is classified by the model's own status, if the system passes it on", () => {
    const header = { 'ms-azureml-model-error-statuscode': '503' };
    expect(read(424, '', header)).to.deep.include({
      failure: 'busy',
      status: 424,
      message: "status 424, from the model's own 503",
    });
    expect(read(424, { OriginalStatusCode: 401 }).failure).to.equal('unauthorized');
    expect(read(424, { OriginalStatusCode: 'wallaby' })).to.deep.include({
      failure: 'status',
      message: 'status 424',
    });
    expect(read(400, '', header).message).to.equal('status 400');
  });

  it('states a wait in seconds or as a date', () => {
    const toRetryAfter = (text: string) => read(503, '', { 'retry-after': text }).retryAfter;
    expect(toRetryAfter('7')).to.equal(7);
    expect(toRetryAfter('601')).to.equal(600);
    expect(toRetryAfter(new Date(Date.now() + 60_000).toUTCString())).to.be.within(50, 60);
    expect(toRetryAfter(new Date(0).toUTCString())).to.equal(0);
    for (const wrong of ['soon', '', '-', '99999999999999']) expect(toRetryAfter(wrong), wrong).to.equal(undefined);
    expect(read(503).retryAfter).to.equal(undefined);
  });
});
