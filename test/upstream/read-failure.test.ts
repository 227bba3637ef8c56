import { expect } from 'chai';
import { readFailure } from '../../upstream/read-failure.ts';

const read = (status: number, body: unknown = '', headers: Record<string, string> = {}) =>
  readFailure({ status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) });

describe('a reply that tells of a failure', () => {
  const KINDS: Record<string, readonly number[]> = {
    unauthorized: [401, 403],
    late: [408, 504],
    busy: [429, 503],
    status: [300, 307, 400, 404, 409, 413, 415, 422, 424, 500, 501, 502, 505],
  };
  for (const [failure, statuses] of Object.entries(KINDS)) {
    it(`is one of the kind ${failure} with ${statuses.join(', ')}`, () => {
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
    it(`tells the code ${what}, and keeps what it says for whoever sets it up`, () => {
      const { message, said } = read(400, body);
      expect(message).to.equal(`the status 400, ${code}`);
      expect(said).to.equal('wallaby');
    });
  }

  it('tells the code that AWS has in a header', () => {
    expect(read(400, '', { 'x-amzn-errortype': 'ValidationException' }).message).to.equal(
      'the status 400, ValidationException',
    );
  });

  it('tells nothing that is no code', () => {
    for (const code of ['a wallaby', '', 'x'.repeat(65), '1st', null, {}, ['BAD'], 'a\nb'])
      expect(read(400, { code, error: 'wallaby' }).message).to.equal('the status 400');
    expect(read(400, '{"__proto__": {"code": "BAD"}}').message).to.equal('the status 400');
  });

  it('keeps 500 characters of what it says, be it JSON or not', () => {
    expect(read(500, 'x'.repeat(1000)).said).to.equal('x'.repeat(500));
    expect(read(500, { error: 'its words' }).said).to.equal('its words');
    expect(read(500, { OriginalMessage: 'its words' }).said).to.equal('its words');
    expect(read(500, { other: 1 }).said).to.equal('{"other":1}');
  });

  it('is of the kind of the model’s own status, where the system passes that on', () => {
    const header = { 'ms-azureml-model-error-statuscode': '503' };
    expect(read(424, '', header)).to.deep.include({
      failure: 'busy',
      status: 424,
      message: "the status 424, of the model's own 503",
    });
    expect(read(424, { OriginalStatusCode: 401 }).failure).to.equal('unauthorized');
    expect(read(424, { OriginalStatusCode: 'wallaby' })).to.deep.include({
      failure: 'status',
      message: 'the status 424',
    });
    expect(read(400, '', header).message).to.equal('the status 400');
  });

  it('says when to return: in seconds, or by a date', () => {
    const toRetryAfter = (text: string) => read(503, '', { 'retry-after': text }).retryAfter;
    expect(toRetryAfter('7')).to.equal(7);
    expect(toRetryAfter('601')).to.equal(600);
    expect(toRetryAfter(new Date(Date.now() + 60_000).toUTCString())).to.be.within(50, 60);
    expect(toRetryAfter(new Date(0).toUTCString())).to.equal(0);
    for (const wrong of ['soon', '', '-', '99999999999999']) expect(toRetryAfter(wrong), wrong).to.equal(undefined);
    expect(read(503).retryAfter).to.equal(undefined);
  });
});
