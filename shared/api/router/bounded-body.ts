import type { MiddlewareHandler } from 'hono';
import { ProblemError } from '../../errors.ts';
import { BODY_LIMIT, readLimited } from '../../lib/read-limited.ts';
import type { ApiEnv } from '../ports.ts';

/** Reads the body before anything else looks at it, cut at the limit while reading (413). */
export const boundedBody: MiddlewareHandler<ApiEnv> = async (context, next) => {
  const raw = context.req.raw;
  if (raw.body !== null) {
    const bytes = await readLimited(raw.body, BODY_LIMIT, raw.headers.get('content-length'));
    if (bytes === null) throw new ProblemError(413, 'body_too_large', `A body may have ${BODY_LIMIT} bytes at most`);
    context.req.raw = new Request(raw.url, {
      method: raw.method,
      headers: raw.headers,
      ...(bytes.byteLength === 0 ? {} : { body: bytes }),
    });
  }
  await next();
};
