import { tryParseReplyJson } from '../../upstream/parse-json.ts';
import { describeReply } from '../../upstream/describe-reply.ts';
import { findQuote } from '../../upstream/read-failure.ts';
import type { UpstreamReply } from '../../upstream/request-reply.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';

/** Reads a reply; a ReplyError that this throws then names the request and says what was received. */
export async function explainReply<Value>(reply: UpstreamReply, read: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReplyError) {
      error.addRequest(reply.request);
      error.addReply(describeReply(reply), findQuote(tryParseReplyJson(reply.text)));
    }
    throw error;
  }
}
