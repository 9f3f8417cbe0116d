import { describe, expect, it } from 'vitest';
import { replyRequest } from '../../shared/api/calendar/event-requests.ts';
import { toFaults } from '../../shared/api/router/validate-request.ts';

describe('an answer to a meeting', () => {
  it('has a comment with a response alone', () => {
    const refused = replyRequest.safeParse({ comment: 'x', sendResponse: false });
    expect(refused.error === undefined ? [] : toFaults('body', refused.error)).toEqual([
      {
        path: 'body.comment',
        message: 'goes out with a response alone: leave it out, or let sendResponse be true',
      },
    ]);
    for (const sendResponse of [true, undefined])
      expect(replyRequest.safeParse({ comment: 'x', sendResponse }).success).toBe(true);
    for (const comment of ['', null, undefined])
      expect(replyRequest.safeParse({ comment, sendResponse: false }).success).toBe(true);
  });
});
